/**
 * What older browsers lack of the language; newer ones never fetch this file. Whole families, so that neither our code
 * nor a library has to mind which of them it uses.
 */
import 'core-js/es/array/index.js'
import 'core-js/es/iterator/index.js'
import 'core-js/es/map/index.js'
import 'core-js/es/object/index.js'
import 'core-js/es/promise/index.js'
import 'core-js/es/set/index.js'
import 'core-js/es/string/index.js'
import 'core-js/actual/structured-clone.js'
