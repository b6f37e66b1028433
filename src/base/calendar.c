/* SPDX-License-Identifier: MIT */
/* Dates and times of day in UTC, and the seconds since 1970 they stand for. */
#include "base/calendar.h"

#define DAY_SECONDS INT64_C(86400)
#define FIRST INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/*
 * Days from 1970-01-01 to a date, whose month may be 13: January of the next
 * year. Counted in years that begin in March, so the leap day is the last one.
 */
static int64_t count_days(int year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year + 400 - (month < 3 ? 1 : 0);
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       865566;
}

bool calendar_to_unix(const struct calendar *c, int64_t *seconds)
{
	const int64_t days = count_days(c->year, c->month, c->day);

	if (c->year < 0 || c->year > 9999 || c->month < 1 || c->month > 12 ||
	    c->day < 1 || days >= count_days(c->year, c->month + 1, 1) ||
	    c->hour > 23 || c->minute > 59 || c->second > 60)
		return false;
	*seconds = days * DAY_SECONDS + (int64_t)c->hour * 3600 +
	           (int64_t)c->minute * 60 + c->second;
	return true;
}

struct calendar calendar_from_unix(int64_t seconds)
{
	struct calendar c = { .month = 1 };
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
	/* 146097 days are 400 years; the estimate is at most a year late. */
	c.year = (int)(days * 400 / 146097) - 1;
	days += FIRST / DAY_SECONDS;
	while (count_days(c.year, 13, 1) <= days)
		c.year++;
	while (count_days(c.year, c.month + 1, 1) <= days)
		c.month++;
	c.day = (unsigned)(days - count_days(c.year, c.month, 1)) + 1;
	return c;
}

bool calendar_cut(struct span *text, size_t year_digits, struct span marks,
                  struct calendar *c)
{
	unsigned part[6];

	for (size_t i = 0; i < 6; i++) {
		size_t digits = i == 0 ? year_digits : 2;

		if (!span_digits(*text, digits, &part[i]))
			return false;
		*text = span_skip(*text, digits);
		if (i >= marks.len)
			continue;
		if (text->len == 0 ||
		    byte_lower(text->at[0]) != byte_lower(marks.at[i]))
			return false;
		*text = span_skip(*text, 1);
	}
	*c = (struct calendar){ (int)part[0], part[1], part[2],
		                part[3],      part[4], part[5] };
	return true;
}

/* "Z", or how far the clock that was read is ahead of UTC. */
static bool parse_offset(struct span in, int64_t *seconds)
{
	unsigned hours, minutes;

	*seconds = 0;
	if (span_equal_nocase(in, SPAN("Z")))
		return true;
	if (in.len != 6 || !byte_is_in(in.at[0], "+-") || in.at[3] != ':' ||
	    !span_digits(span_skip(in, 1), 2, &hours) ||
	    !span_digits(span_skip(in, 4), 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*seconds = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (in.at[0] == '-')
		*seconds = -*seconds;
	return true;
}

bool calendar_parse(struct span text, int64_t *seconds)
{
	struct calendar c;
	int64_t offset;

	if (!calendar_cut(&text, 4, SPAN("--T::"), &c) ||
	    (span_cut_prefix(&text, SPAN(".")) &&
	     span_while(&text, "0123456789").len == 0) ||
	    !parse_offset(text, &offset) || !calendar_to_unix(&c, seconds))
		return false;
	*seconds -= offset;
	return true;
}
