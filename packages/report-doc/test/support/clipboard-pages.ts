/** What word processors and spreadsheets put on the clipboard as HTML, shortened but with their ways of saying things. */

export const WORD_PAGE = `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv=Content-Type content="text/html; charset=utf-8">
<meta name=Generator content="Microsoft Word 15">
<link rel=File-List href="file:///C:/Users/wps/AppData/Local/Temp/msohtmlclip1/01/clip_filelist.xml">
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
<style>
<!--
 /* Font Definitions */
 @font-face
	{font-family:仿宋_GB2312; panose-1:2 1 6 9 6 1 1 1 1 1; mso-font-charset:134;}
 /* Style Definitions */
 p.MsoNormal, li.MsoNormal, div.MsoNormal
	{mso-style-unhide:no; mso-style-qformat:yes; margin:0cm; text-align:justify; text-justify:inter-ideograph;
	font-size:16.0pt; font-family:仿宋_GB2312; color:black;}
 p.a, li.a, div.a
	{mso-style-name:公文标题; text-align:center; font-weight:bold; font-size:22.0pt;}
 span.a0
	{mso-style-name:强调; font-weight:bold; text-decoration:underline;}
 p.outline2
	{mso-style-name:"标题 二级"; mso-outline-level:2;}
@page WordSection1 {size:595.3pt 841.9pt; margin:72.0pt 90.0pt 72.0pt 90.0pt;}
-->
</style>
</head>
<body lang=ZH-CN style='tab-interval:21.0pt;word-wrap:break-word;text-justify-trim:punctuation'>
<!--StartFragment-->
<div class=WordSection1 style='layout-grid:15.6pt'>
<p class=a style='line-height:28.0pt'><span lang=EN-US>2021</span>年度自评说明<span lang=EN-US><o:p></o:p></span></p>
<h1 style='text-indent:32.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span lang=EN-US style='font-family:黑体'><span
style='mso-list:Ignore'>一、<span style='font:7.0pt "Times New Roman"'>&nbsp;</span></span></span><![endif]><span
style='font-family:黑体'>基本情况</span></h1>
<p class=outline2><span style='font-family:楷体_GB2312'>（二）项目决策情况</span></p>
<p class=MsoNormal style='text-indent:32.0pt'>　　预算安排<b><span lang=EN-US style='color:red'>300</span></b>万元，<u>已全部到位</u>，<span
class=a0>执行率</span><span style='font-weight:bold;mso-bidi-font-weight:normal'>九成</span>，<span
style='text-decoration:underline'>有结余</span>。<span style='display:none;mso-hide:all'>隐藏文字</span></p>
<p class=MsoListParagraph style='margin-left:21.0pt;text-indent:-21.0pt;mso-list:l1 level1 lfo2'><![if !supportLists]><span
lang=EN-US style='mso-bidi-font-family:"Times New Roman"'><span style='mso-list:Ignore'>1.<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><![endif]>制度不健全</p>
<p class=MsoListParagraph style='margin-left:21.0pt;text-indent:-21.0pt;mso-list:l1 level1 lfo2'><![if !supportLists]><span
lang=EN-US><span style='mso-list:Ignore'>2.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
</span></span></span><![endif]>人员不足</p>
<p class=MsoListParagraph style='mso-list:l2 level1 lfo3'><![if !supportLists]><span lang=EN-US
style='font-family:Wingdings'><span style='mso-list:Ignore'>l<span style='font:7.0pt "Times New Roman"'>&nbsp;
</span></span></span><![endif]>加强培训</p>
<p class=MsoNormal>占地<span lang=EN-US>30m<sup>2</sup></span>，共<del cite="mailto:x" datetime="2022-05-25">三</del><ins
cite="mailto:x">四</ins>处，<i>斜体</i>与<span style='text-decoration:line-through'>删除线</span>不留<a
style='mso-comment-reference:a_1'>格式</a><span class=MsoCommentReference><span lang=EN-US><![if !supportAnnotations]><a
class=msocomanchor id="_anchor_1" href="#_msocom_1" name="_msoanchor_1">[a1]</a><![endif]><span
style='mso-special-character:comment'>&nbsp;</span></span></span>，按照
规定执行。</p>
<p class=MsoNormal align=right style='text-align:right'>2022年5月25日</p>
<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0 style='border-collapse:collapse;border:none'>
 <tr style='mso-yfti-irow:0'>
  <td width=138 rowspan=2 style='width:103.7pt;border:solid windowtext 1.0pt'><p class=MsoNormal align=center
  style='text-align:center'><b>指标<o:p></o:p></b></p></td>
  <td colspan=2 style='border:solid windowtext 1.0pt'><p class=MsoNormal>完成情况</p></td>
 </tr>
 <tr><td><p class=MsoNormal>目标</p></td><td><p class=MsoNormal>实际</p></td></tr>
 <tr><td><p class=MsoNormal>数量</p></td><td><p class=MsoNormal><span lang=EN-US>15</span></p></td><td><p
 class=MsoNormal><span lang=EN-US>15</span></p></td></tr>
</table>
<p class=MsoNormal><img width=1 src="file:///C:/Temp/clip_image001.png" onerror="window.pasted=1"><a
href="javascript:window.pasted=1" style='color:blue'>附件</a><script>window.pasted=1</script>见后。<o:p>&nbsp;</o:p></p>
</div>
<div style='mso-element:comment-list'><hr class=msocomoff><div style='mso-element:comment'><p class=MsoCommentText>批注内容</p></div></div>
<!--EndFragment-->
</body></html>`

export const WPS_PAGE = `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:word"><head>
<meta name="Generator" content="WPS Office"><style>
@font-face{ font-family:"方正小标宋简体"; }
@list l0:level1{ mso-level-number-format:chinese-counting; mso-level-suffix:none; }
p.MsoNormal{ mso-style-name:正文; margin:0pt; text-align:justify; font-family:仿宋_GB2312; }
p.15{ mso-style-name:"List Paragraph"; }
</style></head><body style="tab-interval:21pt;"><!--StartFragment--><div class="Section0" style="layout-grid:15.6pt;">
<p class="MsoNormal" align="center" style="text-align:center;"><span style="mso-spacerun:'yes';font-family:方正小标宋简体;font-weight:bold;font-size:22pt;">自评报告</span></p>
<p class="MsoNormal" style="text-indent:32pt;"><span style="mso-spacerun:'yes';font-family:黑体;font-size:16pt;">三、绩效自评结论</span></p>
<p class="MsoNormal" style="text-indent:32pt;"><b><span style="font-family:仿宋_GB2312;">（一）</span></b><b><span style="font-family:仿宋_GB2312;">总体结论</span></b></p>
<p class="MsoNormal" style="text-indent:32pt;"><span style="mso-spacerun:'yes';">一、这一句只是正文，以数字开头而已。</span></p>
<p class="15" style="mso-list:l0 level1 lfo1;"><!--[if !supportLists]--><span style="mso-list:Ignore;">四、</span><!--[endif]--><span style="mso-spacerun:'yes';">绩效指标分析</span></p>
<p class="MsoNormal"><u><span style="text-decoration:underline;text-underline:single;">县财政局</span></u><span style="font-style:italic;">（盖章）</span></p>
</div><!--EndFragment--></body></html>`

export const EXCEL_PAGE = `<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><style>
<!--table {mso-displayed-decimal-separator:"\\.";}
.xl65 {text-align:center; font-weight:700; border:.5pt solid windowtext;}
.xl66 {mso-number-format:"0\\.00"; text-align:right;}
--></style></head><body link=blue><table border=0 width=144 style='border-collapse:collapse;width:108pt'><!--StartFragment-->
<col width=72 span=2 style='width:54pt'>
<tr height=19 style='height:14.25pt'><td height=19 class=xl65 width=72>项目</td><td class=xl65>金额</td></tr>
<tr><td class=xl65>设备</td><td class=xl66 align=right x:num>24.94</td></tr>
<!--EndFragment--></table></body></html>`
