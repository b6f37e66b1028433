/* SPDX-License-Identifier: MIT */
/* Dates and times of day in UTC, and the seconds since 1970 they stand for. */
#include "base/calendar.h"

#define DAY_SECONDS INT64_C(86400)
#define FIRST INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned
days_of_month(int year, unsigned month)
{
	static const uint8_t days[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
	};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Days from 0000-01-01 to the first of January of the year (0 to 10000). */
static int64_t
days_before_year(int year)
{
	int64_t y = year;

	if (y == 0)
		return 0;
	return y * 365 + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400 + 1;
}

bool
calendar_to_unix(const struct calendar *c, int64_t *seconds)
{
	int64_t days;

	if (c->year < 0 || c->year > 9999 || c->month < 1 || c->month > 12 ||
	    c->day < 1 || c->day > days_of_month(c->year, c->month) ||
	    c->hour > 23 || c->minute > 59 || c->second > 60)
		return false;
	days = days_before_year(c->year);
	for (unsigned m = 1; m < c->month; m++)
		days += days_of_month(c->year, m);
	days += c->day - 1;
	*seconds = FIRST + days * DAY_SECONDS + (int64_t)c->hour * 3600 +
	           (int64_t)c->minute * 60 + c->second;
	return true;
}

struct calendar
calendar_from_unix(int64_t seconds)
{
	struct calendar c = { .month = 1, .day = 1 };
	int64_t days;
	unsigned left;

	if (seconds < FIRST)
		seconds = FIRST;
	if (seconds > LAST)
		seconds = LAST;
	days = (seconds - FIRST) / DAY_SECONDS;
	left = (unsigned)((seconds - FIRST) % DAY_SECONDS);
	c.hour = left / 3600;
	c.minute = left / 60 % 60;
	c.second = left % 60;
	/* 146097 days are 400 years; the estimate is never too late. */
	c.year = (int)(days * 400 / 146097);
	while (c.year > 0 && days_before_year(c.year) > days)
		c.year--;
	while (days_before_year(c.year + 1) <= days)
		c.year++;
	left = (unsigned)(days - days_before_year(c.year));
	while (left >= days_of_month(c.year, c.month))
		left -= days_of_month(c.year, c.month++);
	c.day += left;
	return c;
}

/* n digits and the mark behind them, cut off the start of *in. */
static bool
cut_number(struct span *in, size_t n, const char *mark, unsigned *value)
{
	if (!span_digits(*in, n, value))
		return false;
	*in = span_skip(*in, n);
	if (*mark == '\0')
		return true;
	/* RFC 3339 lets the T be written in lower case. */
	if (in->len == 0 ||
	    !span_equal_nocase((struct span){ in->at, 1 }, span_of(mark)))
		return false;
	*in = span_skip(*in, 1);
	return true;
}

/* "Z", or how far the clock that was read is ahead of UTC. */
static bool
parse_offset(struct span in, int64_t *seconds)
{
	unsigned hours, minutes;
	int64_t sign;

	*seconds = 0;
	if (in.len == 1)
		return (in.at[0] | 0x20) == 'z';
	if (in.len != 6 || (in.at[0] != '+' && in.at[0] != '-'))
		return false;
	sign = in.at[0] == '+' ? 1 : -1;
	in = span_skip(in, 1);
	if (!cut_number(&in, 2, ":", &hours) ||
	    !cut_number(&in, 2, "", &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = sign * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
	return true;
}

bool
calendar_parse(struct span text, int64_t *seconds)
{
	struct calendar c;
	unsigned year, ignored;
	int64_t offset;

	if (!cut_number(&text, 4, "-", &year) ||
	    !cut_number(&text, 2, "-", &c.month) ||
	    !cut_number(&text, 2, "T", &c.day) ||
	    !cut_number(&text, 2, ":", &c.hour) ||
	    !cut_number(&text, 2, ":", &c.minute) ||
	    !cut_number(&text, 2, "", &c.second))
		return false;
	c.year = (int)year;
	if (text.len > 1 && text.at[0] == '.') {
		text = span_skip(text, 1);
		if (!cut_number(&text, 1, "", &ignored))
			return false;
		while (cut_number(&text, 1, "", &ignored))
			;
	}
	if (!parse_offset(text, &offset) || !calendar_to_unix(&c, seconds))
		return false;
	*seconds -= offset;
	return true;
}
