//! The two calendars that dates are written in, and the days that are asked of them. Values are Gregorian whatever was typed.

use icu_calendar::cal::Persian;
use icu_calendar::{Date as IcuDate, Iso};
use jiff::Span;
use jiff::civil::Date;

/// The calendar of a month's name or of a year's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calendar {
    Gregorian,
    /// The Solar Hijri one.
    Persian,
}

/// So many years ahead a day without a year is looked for: a leap day may be eight years off.
const YEARS_AHEAD: i16 = 9;

impl Calendar {
    /// The calendar whose years have that number today.
    pub(super) fn of_year(year: i16) -> Option<Self> {
        match year {
            1300..1500 => Some(Self::Persian),
            1900..2200 => Some(Self::Gregorian),
            _ => None,
        }
    }

    /// A day of this calendar.
    pub(super) fn day(self, year: i16, month: i8, day: i8) -> Option<Date> {
        if self == Self::Gregorian {
            return Date::new(year, month, day).ok();
        }
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let iso: IcuDate<Iso> = IcuDate::try_new_persian(year.into(), month, day).ok()?.to_calendar(Iso);
        let year = i16::try_from(iso.year().extended_year()).ok()?;
        Date::new(year, i8::try_from(iso.month().ordinal).ok()?, i8::try_from(iso.day_of_month().0).ok()?).ok()
    }

    /// The next day of that day and month, today included.
    pub(super) fn next_such(self, today: Date, day: i8, month: i8) -> Option<Date> {
        let (year, _) = self.month_of(today, 0)?;
        (year..year + YEARS_AHEAD).find_map(|year| self.day(year, month, day).filter(|date| *date >= today))
    }

    /// The next day with that number, today included.
    pub(super) fn next_day_of_month(self, today: Date, day: i8) -> Option<Date> {
        (0..12).find_map(|ahead| {
            let (year, month) = self.month_of(today, ahead)?;
            self.day(year, month, day).filter(|date| *date >= today)
        })
    }

    /// The first and the last day of a month, counted from the one of today.
    pub(super) fn month_around(self, today: Date, ahead: i32) -> Option<(Date, Date)> {
        let first = |ahead| self.month_of(today, ahead).and_then(|(year, month)| self.day(year, month, 1));
        Some((first(ahead)?, first(ahead + 1)?.yesterday().ok()?))
    }

    /// The first and the last day of a year, counted from the one of today.
    pub(super) fn year_around(self, today: Date, ahead: i16) -> Option<(Date, Date)> {
        let (year, _) = self.month_of(today, 0)?;
        let first = |ahead: i16| self.day(year.checked_add(ahead)?, 1, 1);
        Some((first(ahead)?, first(ahead + 1)?.yesterday().ok()?))
    }

    /// The year and the month that are so many months after that of a day.
    pub(super) fn month_of(self, day: Date, ahead: i32) -> Option<(i16, i8)> {
        let (year, month) = match self {
            Self::Gregorian => (i32::from(day.year()), i32::from(day.month())),
            Self::Persian => {
                let (month, date) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
                let date = IcuDate::try_new_iso(day.year().into(), month, date).ok()?.to_calendar(Persian);
                (date.year().extended_year(), i32::from(date.month().ordinal))
            }
        };
        let months = year * 12 + month - 1 + ahead;
        Some((i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12) + 1).ok()?))
    }
}

/// A day some days away.
pub(super) fn days_after(date: Date, days: i64) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}
