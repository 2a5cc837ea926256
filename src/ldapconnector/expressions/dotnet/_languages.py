"""The languages whose culture names .NET knows, with their English names.

Source: the neutral cultures of .NET (ISO 639 codes).
"""

from __future__ import annotations

from typing import Final

_TABLE: Final = """
af=Afrikaans; agq=Aghem; ak=Akan; am=Amharic; ar=Arabic; arn=Mapuche; as=Assamese; asa=Asu;
ast=Asturian; az=Azerbaijani; ba=Bashkir; bas=Basaa; be=Belarusian; bem=Bemba; bez=Bena;
bg=Bulgarian; bin=Bini; bm=Bambara; bn=Bangla; bo=Tibetan; br=Breton; brx=Bodo; bs=Bosnian;
byn=Blin; ca=Catalan; ccp=Chakma; ce=Chechen; ceb=Cebuano; cgg=Chiga; chr=Cherokee; co=Corsican;
cs=Czech; cu=Church Slavic; cv=Chuvash; cy=Welsh; da=Danish; dav=Taita; de=German; dje=Zarma;
doi=Dogri; dsb=Lower Sorbian; dua=Duala; dv=Divehi; dyo=Jola-Fonyi; dz=Dzongkha; ebu=Embu;
ee=Ewe; el=Greek; en=English; eo=Esperanto; es=Spanish; et=Estonian; eu=Basque; ewo=Ewondo;
fa=Persian; ff=Fula; fi=Finnish; fil=Filipino; fo=Faroese; fr=French; fur=Friulian; fy=Western
Frisian; ga=Irish; gd=Scottish Gaelic; gl=Galician; gn=Guarani; gsw=Swiss German; gu=Gujarati;
guz=Gusii; gv=Manx; ha=Hausa; haw=Hawaiian; he=Hebrew; hi=Hindi; hr=Croatian; hsb=Upper Sorbian;
hu=Hungarian; hy=Armenian; ia=Interlingua; id=Indonesian; ig=Igbo; ii=Sichuan Yi; is=Icelandic;
it=Italian; iu=Inuktitut; ja=Japanese; jgo=Ngomba; jmc=Machame; jv=Javanese; ka=Georgian;
kab=Kabyle; kam=Kamba; kde=Makonde; kea=Kabuverdianu; kgp=Kaingang; khq=Koyra Chiini; ki=Kikuyu;
kk=Kazakh; kkj=Kako; kl=Kalaallisut; kln=Kalenjin; km=Khmer; kn=Kannada; ko=Korean; kok=Konkani;
kr=Kanuri; ks=Kashmiri; ksb=Shambala; ksf=Bafia; ksh=Colognian; ku=Kurdish; kw=Cornish;
ky=Kyrgyz; la=Latin; lag=Langi; lb=Luxembourgish; lg=Ganda; lkt=Lakota; ln=Lingala; lo=Lao;
lrc=Northern Luri; lt=Lithuanian; lu=Luba-Katanga; luo=Luo; luy=Luyia; lv=Latvian; mai=Maithili;
mas=Masai; mer=Meru; mfe=Morisyen; mg=Malagasy; mgh=Makhuwa-Meetto; mgo=Meta'; mi=Māori;
mk=Macedonian; ml=Malayalam; mn=Mongolian; mni=Manipuri; moh=Mohawk; mr=Marathi; ms=Malay;
mt=Maltese; mua=Mundang; my=Burmese; mzn=Mazanderani; naq=Nama; nb=Norwegian Bokmål; nd=North
Ndebele; nds=Low German; ne=Nepali; nl=Dutch; nmg=Kwasio; nn=Norwegian Nynorsk; nnh=Ngiemboon;
no=Norwegian; nqo=N'Ko; nr=South Ndebele; nso=Northern Sotho; nus=Nuer; nv=Navajo; ny=Nyanja;
nyn=Nyankole; oc=Occitan; om=Oromo; or=Odia; os=Ossetic; pa=Punjabi; pap=Papiamento;
pcm=Nigerian Pidgin; pl=Polish; prg=Prussian; ps=Pashto; pt=Portuguese; qu=Quechua; quc=K'iche';
rm=Romansh; rn=Rundi; ro=Romanian; rof=Rombo; ru=Russian; rw=Kinyarwanda; rwk=Rwa; sa=Sanskrit;
sah=Yakut; saq=Samburu; sat=Santali; sbp=Sangu; sc=Sardinian; sd=Sindhi; se=Northern Sami;
seh=Sena; ses=Koyraboro Senni; sg=Sango; shi=Tachelhit; si=Sinhala; sk=Slovak; sl=Slovenian;
sma=Southern Sami; smj=Lule Sami; smn=Inari Sami; sms=Skolt Sami; sn=Shona; so=Somali;
sq=Albanian; sr=Serbian; ss=Swati; ssy=Saho; st=Southern Sotho; su=Sundanese; sv=Swedish;
sw=Swahili; syr=Syriac; ta=Tamil; te=Telugu; teo=Teso; tg=Tajik; th=Thai; ti=Tigrinya;
tig=Tigre; tk=Turkmen; tn=Tswana; to=Tongan; tr=Turkish; ts=Tsonga; tt=Tatar; twq=Tasawaq;
tzm=Central Atlas Tamazight; ug=Uyghur; uk=Ukrainian; ur=Urdu; uz=Uzbek; vai=Vai; ve=Venda;
vi=Vietnamese; vo=Volapük; vun=Vunjo; wae=Walser; wal=Wolaytta; wo=Wolof; xh=Xhosa; xog=Soga;
yav=Yangben; yi=Yiddish; yo=Yoruba; yrl=Nheengatu; zgh=Standard Moroccan Tamazight; zh=Chinese;
zu=Zulu
"""

LANGUAGES: Final = {
    code: name
    for code, _, name in (" ".join(pair.split()).partition("=") for pair in _TABLE.split(";"))
}
"""From a language code to its English name."""
