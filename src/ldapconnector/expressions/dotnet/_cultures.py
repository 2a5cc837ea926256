"""The few facts of a culture that date formats need.

The invariant culture is .NET's own. The others hold what Microsoft's pages print, and
where these are silent what .NET reads from the Unicode CLDR, with a four-digit year in
the short date. They are the cultures that mappings in the field name.
"""

from __future__ import annotations

import difflib
from typing import Final

import attrs

from ldapconnector.expressions.dotnet._shown import shown


@attrs.frozen(kw_only=True)
class Culture:
    """Names and patterns of one culture; the patterns are .NET custom formats."""

    name: str
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    days: tuple[str, ...]
    short_days: tuple[str, ...]
    am: str
    pm: str
    era: str
    date_separator: str
    time_separator: str
    short_date: str
    long_date: str
    short_time: str
    long_time: str
    year_month: str
    month_day: str


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


_MONTHS: Final = _names(
    "January,February,March,April,May,June,July,August,September,October,November,December"
)
_DAYS: Final = _names("Sunday,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday")

INVARIANT: Final = Culture(
    name="",
    months=_MONTHS,
    short_months=tuple(name[:3] for name in _MONTHS),
    days=_DAYS,
    short_days=tuple(name[:3] for name in _DAYS),
    am="AM",
    pm="PM",
    era="A.D.",
    date_separator="/",
    time_separator=":",
    short_date="MM/dd/yyyy",
    long_date="dddd, dd MMMM yyyy",
    short_time="HH:mm",
    long_time="HH:mm:ss",
    year_month="yyyy MMMM",
    month_day="MMMM dd",
)

_CULTURES: Final = (
    INVARIANT,
    Culture(
        name="en-US",
        months=_MONTHS,
        short_months=_names("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"),
        days=_DAYS,
        short_days=_names("Sun,Mon,Tue,Wed,Thu,Fri,Sat"),
        am="AM",
        pm="PM",
        era="AD",
        date_separator="/",
        time_separator=":",
        short_date="M/d/yyyy",
        long_date="dddd, MMMM d, yyyy",
        short_time="h:mm tt",
        long_time="h:mm:ss tt",
        year_month="MMMM yyyy",
        month_day="MMMM d",
    ),
    Culture(
        name="en-GB",
        months=_MONTHS,
        short_months=_names("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sept,Oct,Nov,Dec"),
        days=_DAYS,
        short_days=_names("Sun,Mon,Tue,Wed,Thu,Fri,Sat"),
        am="am",
        pm="pm",
        era="AD",
        date_separator="/",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd, d MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d MMMM",
    ),
    Culture(
        name="en-CA",
        months=_MONTHS,
        short_months=_names("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"),
        days=_DAYS,
        short_days=_names("Sun,Mon,Tue,Wed,Thu,Fri,Sat"),
        am="a.m.",
        pm="p.m.",
        era="AD",
        date_separator="-",
        time_separator=":",
        short_date="yyyy/MM/dd",
        long_date="dddd, MMMM d, yyyy",
        short_time="h:mm tt",
        long_time="h:mm:ss tt",
        year_month="MMMM yyyy",
        month_day="MMMM d",
    ),
    Culture(
        name="en-AU",
        months=_MONTHS,
        short_months=_names("Jan,Feb,Mar,Apr,May,June,July,Aug,Sept,Oct,Nov,Dec"),
        days=_DAYS,
        short_days=_names("Sun,Mon,Tue,Wed,Thu,Fri,Sat"),
        am="am",
        pm="pm",
        era="AD",
        date_separator="/",
        time_separator=":",
        short_date="d/M/yyyy",
        long_date="dddd, d MMMM yyyy",
        short_time="h:mm tt",
        long_time="h:mm:ss tt",
        year_month="MMMM yyyy",
        month_day="d MMMM",
    ),
    Culture(
        name="de-DE",
        months=_names(
            "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember"
        ),
        short_months=_names("Jan.,Feb.,März,Apr.,Mai,Juni,Juli,Aug.,Sept.,Okt.,Nov.,Dez."),
        days=_names("Sonntag,Montag,Dienstag,Mittwoch,Donnerstag,Freitag,Samstag"),
        short_days=_names("So.,Mo.,Di.,Mi.,Do.,Fr.,Sa."),
        am="AM",
        pm="PM",
        era="n. Chr.",
        date_separator=".",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd, d. MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d. MMMM",
    ),
    Culture(
        name="de-AT",
        months=_names(
            "Jänner,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember"
        ),
        short_months=_names("Jän.,Feb.,März,Apr.,Mai,Juni,Juli,Aug.,Sep.,Okt.,Nov.,Dez."),
        days=_names("Sonntag,Montag,Dienstag,Mittwoch,Donnerstag,Freitag,Samstag"),
        short_days=_names("So.,Mo.,Di.,Mi.,Do.,Fr.,Sa."),
        am="AM",
        pm="PM",
        era="n. Chr.",
        date_separator=".",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd, d. MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d. MMMM",
    ),
    Culture(
        name="de-CH",
        months=_names(
            "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember"
        ),
        short_months=_names("Jan.,Feb.,März,Apr.,Mai,Juni,Juli,Aug.,Sept.,Okt.,Nov.,Dez."),
        days=_names("Sonntag,Montag,Dienstag,Mittwoch,Donnerstag,Freitag,Samstag"),
        short_days=_names("So.,Mo.,Di.,Mi.,Do.,Fr.,Sa."),
        am="AM",
        pm="PM",
        era="n. Chr.",
        date_separator=".",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd, d. MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d. MMMM",
    ),
    Culture(
        name="fr-FR",
        months=_names(
            "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre"
        ),
        short_months=_names("janv.,févr.,mars,avr.,mai,juin,juil.,août,sept.,oct.,nov.,déc."),
        days=_names("dimanche,lundi,mardi,mercredi,jeudi,vendredi,samedi"),
        short_days=_names("dim.,lun.,mar.,mer.,jeu.,ven.,sam."),
        am="",
        pm="",
        era="ap. J.-C.",
        date_separator="/",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd d MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d MMMM",
    ),
    Culture(
        name="es-ES",
        months=_names(
            "enero,febrero,marzo,abril,mayo,junio,julio,agosto,septiembre,octubre,noviembre,diciembre"
        ),
        short_months=_names("ene,feb,mar,abr,may,jun,jul,ago,sept,oct,nov,dic"),
        days=_names("domingo,lunes,martes,miércoles,jueves,viernes,sábado"),
        short_days=_names("dom,lun,mar,mié,jue,vie,sáb"),
        am="a.\u202fm.",
        pm="p.\u202fm.",
        era="d. C.",
        date_separator="/",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd, d 'de' MMMM 'de' yyyy",
        short_time="H:mm",
        long_time="H:mm:ss",
        year_month="MMMM 'de' yyyy",
        month_day="d 'de' MMMM",
    ),
    Culture(
        name="it-IT",
        months=_names(
            "gennaio,febbraio,marzo,aprile,maggio,giugno,luglio,agosto,settembre,ottobre,novembre,dicembre"
        ),
        short_months=_names("gen,feb,mar,apr,mag,giu,lug,ago,set,ott,nov,dic"),
        days=_names("domenica,lunedì,martedì,mercoledì,giovedì,venerdì,sabato"),
        short_days=_names("dom,lun,mar,mer,gio,ven,sab"),
        am="AM",
        pm="PM",
        era="d.C.",
        date_separator="/",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd d MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d MMMM",
    ),
    Culture(
        name="nl-NL",
        months=_names(
            "januari,februari,maart,april,mei,juni,juli,augustus,september,oktober,november,december"
        ),
        short_months=_names("jan,feb,mrt,apr,mei,jun,jul,aug,sep,okt,nov,dec"),
        days=_names("zondag,maandag,dinsdag,woensdag,donderdag,vrijdag,zaterdag"),
        short_days=_names("zo,ma,di,wo,do,vr,za"),
        am="a.m.",
        pm="p.m.",
        era="n.Chr.",
        date_separator="-",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd d MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d MMMM",
    ),
    Culture(
        name="pt-BR",
        months=_names(
            "janeiro,fevereiro,março,abril,maio,junho,julho,agosto,setembro,outubro,novembro,dezembro"
        ),
        short_months=_names("jan.,fev.,mar.,abr.,mai.,jun.,jul.,ago.,set.,out.,nov.,dez."),
        days=_names(
            "domingo,segunda-feira,terça-feira,quarta-feira,quinta-feira,sexta-feira,sábado"
        ),
        short_days=_names("dom.,seg.,ter.,qua.,qui.,sex.,sáb."),
        am="AM",
        pm="PM",
        era="d.C.",
        date_separator="/",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd, d 'de' MMMM 'de' yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM 'de' yyyy",
        month_day="d 'de' MMMM",
    ),
    Culture(
        name="sv-SE",
        months=_names(
            "januari,februari,mars,april,maj,juni,juli,augusti,september,oktober,november,december"
        ),
        short_months=_names("jan.,feb.,mars,apr.,maj,juni,juli,aug.,sep.,okt.,nov.,dec."),
        days=_names("söndag,måndag,tisdag,onsdag,torsdag,fredag,lördag"),
        short_days=_names("sön,mån,tis,ons,tors,fre,lör"),
        am="fm",
        pm="em",
        era="e.Kr.",
        date_separator="-",
        time_separator=":",
        short_date="yyyy/MM/dd",
        long_date="'den 'd MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d MMMM",
    ),
    Culture(
        name="da-DK",
        months=_names(
            "januar,februar,marts,april,maj,juni,juli,august,september,oktober,november,december"
        ),
        short_months=_names("jan.,feb.,mar.,apr.,maj,jun.,jul.,aug.,sep.,okt.,nov.,dec."),
        days=_names("søndag,mandag,tirsdag,onsdag,torsdag,fredag,lørdag"),
        short_days=_names("søn.,man.,tirs.,ons.,tors.,fre.,lør."),
        am="AM",
        pm="PM",
        era="e.Kr.",
        date_separator=".",
        time_separator=".",
        short_date="dd/MM/yyyy",
        long_date="dddd 'den' d. MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d. MMMM",
    ),
    Culture(
        name="nb-NO",
        months=_names(
            "januar,februar,mars,april,mai,juni,juli,august,september,oktober,november,desember"
        ),
        short_months=_names("jan.,feb.,mars,apr.,mai,juni,juli,aug.,sep.,okt.,nov.,des."),
        days=_names("søndag,mandag,tirsdag,onsdag,torsdag,fredag,lørdag"),
        short_days=_names("søn.,man.,tir.,ons.,tor.,fre.,lør."),
        am="a.m.",
        pm="p.m.",
        era="e.Kr.",
        date_separator=".",
        time_separator=":",
        short_date="dd/MM/yyyy",
        long_date="dddd d. MMMM yyyy",
        short_time="HH:mm",
        long_time="HH:mm:ss",
        year_month="MMMM yyyy",
        month_day="d. MMMM",
    ),
    Culture(
        name="ja-JP",
        months=_names("1月,2月,3月,4月,5月,6月,7月,8月,9月,10月,11月,12月"),
        short_months=_names("1,2,3,4,5,6,7,8,9,10,11,12"),
        days=_names("日曜日,月曜日,火曜日,水曜日,木曜日,金曜日,土曜日"),
        short_days=_names("日,月,火,水,木,金,土"),
        am="午前",
        pm="午後",
        era="西暦",
        date_separator="/",
        time_separator=":",
        short_date="yyyy/MM/dd",
        long_date="yyyy'年'M'月'd'日'",
        short_time="H:mm",
        long_time="H:mm:ss",
        year_month="yyyy'年'M'月'",
        month_day="M'月'd'日'",
    ),
)

_BY_NAME: Final = {culture.name.casefold(): culture for culture in _CULTURES}
_BY_LANGUAGE: Final = {
    culture.name.partition("-")[0]: culture for culture in reversed(_CULTURES) if culture.name
}


def culture_of(name: str) -> Culture:
    """Return the culture of that name.

    Args:
        name: a culture name such as ``de-DE``, a language alone such as ``de``, or an
            empty string for the invariant culture; case and ``_`` for ``-`` do not matter.

    Returns:
        its names and patterns.

    Raises:
        ValueError: a culture whose date patterns this library does not carry.
    """
    key = name.strip().replace("_", "-").casefold()
    culture = _BY_NAME.get(key) or _BY_LANGUAGE.get(key)
    if culture is not None:
        return culture
    near = difflib.get_close_matches(key[:40], _BY_NAME, n=1)
    hint = f"; did you mean {_BY_NAME[near[0]].name}?" if near and near[0] else ""
    known = ", ".join(culture.name for culture in _CULTURES if culture.name)
    raise ValueError(
        f"the date patterns of culture {shown(name)} are not known here{hint} (known: {known}, and "
        "the invariant culture when the name is empty)"
    )
