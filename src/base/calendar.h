/* SPDX-License-Identifier: MIT */
/* Dates and times of day in UTC, and the seconds since 1970 they stand for. */
/* musl's timegm and gmtime_r would be right, too; they take 1,011 bytes more. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/buf.h"

/* Proleptic Gregorian calendar, UTC. Month and day count from 1. */
struct calendar {
	int year;
	unsigned month;
	unsigned day;
	unsigned hour;
	unsigned minute;
	unsigned second;
};

/*
 * The seconds since 1970-01-01T00:00:00Z of c. False where c is no real time of
 * the years 0 to 9999; second 60 (a leap second, RFC 3339 section 5.6) counts
 * as the one after 59.
 */
bool calendar_to_unix(const struct calendar *c, int64_t *seconds);

/* The reverse; seconds outside the years 0 to 9999 give the nearer end. */
struct calendar calendar_from_unix(int64_t seconds);

/*
 * Cuts the six numbers off the start of *text: a year of so many digits, and
 * two each for the rest, with these marks between them, in any case of letters.
 * Whether it is a real time is not looked at.
 */
bool calendar_cut(struct span *text, size_t year_digits, struct span marks,
                  struct calendar *c);

/*
 * Reads a time as RFC 3339 section 5.6 writes it, 2026-11-23T10:00:00Z, with a
 * fraction (passed over) or an offset such as +01:00 if wanted.
 */
bool calendar_parse(struct span text, int64_t *seconds);

#endif
