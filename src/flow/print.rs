//! Dates, times, numbers and money as a reader of a language writes them: ICU4X with its compiled data, the Persian calendar
//! and digits where they are usual. Pure forms: it knows no slots, no scope and no sentences of the bot.

use icu_calendar::{Date as IcuDate, Gregorian, Iso, cal::Persian};
use icu_datetime::input::{DateTime as IcuDateTime, Time as IcuTime};
use icu_datetime::preferences::{CalendarAlgorithm, HourCycle};
use icu_datetime::{DateTimeFormatter, DateTimeFormatterPreferences, NoCalendarFormatter, fieldsets};
use icu_decimal::input::Decimal;
use icu_decimal::options::GroupingStrategy;
use icu_decimal::{DecimalFormatter, DecimalFormatterPreferences};
use icu_locale_core::Locale;
use jiff::civil;

use crate::id::Language;

/// `Tuesday 24 November`; with the year where it is not this one.
pub(crate) fn date(date: civil::Date, today: civil::Date, language: &Language) -> String {
    let Some(icu) = icu_date(date) else { return date.to_string() };
    let preferences = date_preferences(language);
    let printed = if same_year(date, today, language) {
        DateTimeFormatter::try_new(preferences, fieldsets::MDE::long()).map(|format| format.format(&icu).to_string())
    } else {
        DateTimeFormatter::try_new(preferences, fieldsets::YMDE::long()).map(|format| format.format(&icu).to_string())
    };
    printed.unwrap_or_else(|_| date.to_string())
}

/// `17:30`, or as the language tells it.
pub(crate) fn time(time: civil::Time, language: &Language) -> String {
    let plain = || format!("{:02}:{:02}", time.hour(), time.minute());
    let Ok(icu) = IcuTime::try_new(hour(time), minute(time), 0, 0) else { return plain() };
    NoCalendarFormatter::try_new(date_preferences(language), fieldsets::T::hm())
        .map_or_else(|_| plain(), |format| format.format(&icu).to_string())
}

/// The end of a day as a closing time: `24:00`, where hours are counted to 24.
pub(crate) fn end_of_day(language: &Language) -> String {
    let last = time(civil::time(23, 0, 0, 0), language);
    let hour = number("23", false, language);
    match last.strip_prefix(&hour) {
        Some(minutes) => format!("{}{minutes}", number("24", false, language)),
        None => time(civil::Time::midnight(), language),
    }
}

/// What stands between the items of a list.
pub(crate) fn comma(language: &Language) -> &'static str {
    match primary(language) {
        "fa" | "ar" | "ur" => "، ",
        _ => ", ",
    }
}

/// A day and a time of it.
pub(crate) fn date_time(moment: civil::DateTime, today: civil::Date, language: &Language) -> String {
    let plain = || format!("{} {}", date(moment.date(), today, language), time(moment.time(), language));
    let (Some(day), Ok(clock)) =
        (icu_date(moment.date()), IcuTime::try_new(hour(moment.time()), minute(moment.time()), 0, 0))
    else {
        return plain();
    };
    let both = IcuDateTime { date: day, time: clock };
    let preferences = date_preferences(language);
    let printed = if same_year(moment.date(), today, language) {
        DateTimeFormatter::try_new(preferences, fieldsets::MDE::long().with_time_hm())
            .map(|format| format.format(&both).to_string())
    } else {
        DateTimeFormatter::try_new(preferences, fieldsets::YMDE::long().with_time_hm())
            .map(|format| format.format(&both).to_string())
    };
    printed.unwrap_or_else(|_| plain())
}

/// `Monday` for 0.
pub(crate) fn weekday(monday_is_zero: usize, language: &Language) -> String {
    // 5 January 2026 is a Monday; any week would do.
    let day = civil::date(2026, 1, 5).saturating_add(jiff::Span::new().days(monday_is_zero as i64 % 7));
    let Some(icu) = icu_date(day) else { return String::new() };
    DateTimeFormatter::try_new(date_preferences(language), fieldsets::E::long())
        .map_or_else(|_| String::new(), |format| format.format(&icu).to_string())
}

/// A number in the language's digits and with its decimal mark; groups of thousands only for amounts, because a number may
/// as well be an order's number or a year.
pub(crate) fn number(plain: &str, grouped: bool, language: &Language) -> String {
    let Ok(decimal) = plain.parse::<Decimal>() else { return plain.to_owned() };
    let preferences = DecimalFormatterPreferences::from(&locale(language));
    let strategy = if grouped { GroupingStrategy::Auto } else { GroupingStrategy::Never };
    DecimalFormatter::try_new(preferences, strategy.into())
        .map_or_else(|_| plain.to_owned(), |format| format.format(&decimal).to_string())
}

/// `€12.50` for `12.50 EUR`, or as the language writes it.
pub(crate) fn money(normal: &str, language: &Language) -> String {
    let Some((amount, code)) = normal.split_once(' ') else { return normal.to_owned() };
    // 2.5 is 2.50, and 25.00 is 25.
    let cents = match amount.split_once('.') {
        Some((_, fraction)) if fraction.len() == 1 => format!("{amount}0"),
        _ => amount.to_owned(),
    };
    let amount = number(cents.strip_suffix(".00").unwrap_or(&cents), true, language);
    let sign = match (code, primary(language)) {
        ("EUR", _) => "€",
        ("GBP", _) => "£",
        ("USD", _) => "$",
        ("PHP", _) => "₱",
        ("JPY", _) => "¥",
        ("TRY", _) => "₺",
        ("IRR", "fa") => "ریال",
        ("IRT", "fa") => "تومان",
        (other, _) => return format!("{amount}\u{a0}{other}"),
    };
    match primary(language) {
        "en" | "cy" | "ga" | "fil" | "tl" | "ja" | "zh" => format!("{sign}{amount}"),
        _ => format!("{amount}\u{a0}{sign}"),
    }
}

/// The language without its region or script.
pub(crate) fn primary(language: &Language) -> &str {
    language.as_str().split('-').next().unwrap_or_default()
}

fn same_year(date: civil::Date, today: civil::Date, language: &Language) -> bool {
    if primary(language) != "fa" {
        return date.year() == today.year();
    }
    match (icu_date(date), icu_date(today)) {
        (Some(date), Some(today)) => date.to_calendar(Persian).year() == today.to_calendar(Persian).year(),
        _ => false,
    }
}

/// English without a region is British English here: 24 November, 17:30.
fn locale(language: &Language) -> Locale {
    let tag = if language.as_str() == "en" { "en-GB" } else { language.as_str() };
    tag.parse().unwrap_or(Locale::UNKNOWN)
}

fn date_preferences(language: &Language) -> DateTimeFormatterPreferences {
    let mut preferences = DateTimeFormatterPreferences::from(&locale(language));
    match primary(language) {
        "fa" => preferences.calendar_algorithm = Some(CalendarAlgorithm::Persian),
        // Greek timetables are written with 24 hours, whatever the locale's default.
        "el" => preferences.hour_cycle = Some(HourCycle::H23),
        _ => {}
    }
    preferences
}

fn icu_date(date: civil::Date) -> Option<IcuDate<Iso>> {
    let month = u8::try_from(date.month()).ok()?;
    let day = u8::try_from(date.day()).ok()?;
    IcuDate::try_new_gregorian(date.year().into(), month, day)
        .ok()
        .map(|date: IcuDate<Gregorian>| date.to_calendar(Iso))
}

fn hour(time: civil::Time) -> u8 {
    u8::try_from(time.hour()).unwrap_or_default()
}

fn minute(time: civil::Time) -> u8 {
    u8::try_from(time.minute()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(print: impl Fn(&Language) -> String, rows: &[(&str, &str)]) {
        for (tag, expected) in rows {
            // ICU writes narrow and no-break blanks, which nobody can tell apart in a table.
            let printed = print(&Language::from(*tag)).replace(['\u{202f}', '\u{a0}'], " ");
            assert_eq!(&printed, expected, "{tag}");
        }
    }

    #[test]
    fn a_day_of_this_year() {
        check(
            |language| date(civil::date(2026, 11, 24), civil::date(2026, 4, 5), language),
            &[
                ("en", "Tuesday 24 November"),
                ("en-us", "Tuesday, November 24"),
                ("cy", "Dydd Mawrth, 24 Tachwedd"),
                ("fil", "Martes, Nobyembre 24"),
                ("el", "Τρίτη 24 Νοεμβρίου"),
                ("fa", "سه‌شنبه ۳ آذر"),
            ],
        );
    }

    #[test]
    fn a_day_of_another_year() {
        check(
            |language| date(civil::date(2027, 3, 22), civil::date(2026, 11, 24), language),
            &[
                ("en", "Monday, 22 March 2027"),
                ("cy", "Dydd Llun, 22 Mawrth 2027"),
                ("fil", "Lunes, Marso 22, 2027"),
                ("el", "Δευτέρα 22 Μαρτίου 2027"),
                ("fa", "دوشنبه ۲ فروردین ۱۴۰۶"),
            ],
        );
    }

    #[test]
    fn a_persian_year_begins_in_march() {
        let fa = Language::from("fa");
        assert_eq!(date(civil::date(2027, 1, 4), civil::date(2026, 11, 24), &fa), "دوشنبه ۱۴ دی");
    }

    #[test]
    fn a_time_of_day() {
        check(
            |language| time(civil::time(17, 30, 0, 0), language),
            &[
                ("en", "17:30"),
                ("en-us", "5:30 PM"),
                ("cy", "17:30"),
                ("fil", "5:30 PM"),
                ("el", "17:30"),
                ("fa", "۱۷:۳۰"),
            ],
        );
    }

    #[test]
    fn a_day_ends_at_24() {
        check(end_of_day, &[("en", "24:00"), ("en-us", "12:00 AM"), ("fa", "۲۴:۰۰"), ("el", "24:00")]);
    }

    #[test]
    fn a_moment() {
        check(
            |language| date_time(civil::date(2026, 11, 24).at(9, 5, 0, 0), civil::date(2026, 1, 5), language),
            &[("en", "Tuesday 24 November at 09:05"), ("el", "Τρίτη 24 Νοεμβρίου στις 09:05")],
        );
    }

    #[test]
    fn a_number_has_no_groups() {
        check(
            |language| number("12345.5", false, language),
            &[("en", "12345.5"), ("el", "12345,5"), ("fa", "۱۲۳۴۵٫۵")],
        );
    }

    #[test]
    fn money_has_its_sign_and_groups() {
        check(
            |language| money("1250.50 EUR", language),
            &[
                ("en", "€1,250.50"),
                ("el", "1.250,50 €"),
                ("fa", "۱٬۲۵۰٫۵۰ €"),
                ("fil", "€1,250.50"),
                ("cy", "€1,250.50"),
            ],
        );
        check(|language| money("50000 IRT", language), &[("fa", "۵۰٬۰۰۰ تومان"), ("en", "50,000 IRT")]);
        check(|language| money("25.00 GBP", language), &[("en", "£25")]);
        check(|language| money("2.5 EUR", language), &[("en", "€2.50"), ("el", "2,50 €")]);
    }

    #[test]
    fn weekdays_begin_with_monday() {
        check(
            |language| weekday(0, language),
            &[("en", "Monday"), ("cy", "Dydd Llun"), ("fil", "Lunes"), ("el", "Δευτέρα"), ("fa", "دوشنبه")],
        );
        check(|language| weekday(6, language), &[("en", "Sunday")]);
    }
}
