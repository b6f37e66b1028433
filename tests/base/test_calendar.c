/* SPDX-License-Identifier: MIT */
/* Tests of base/calendar against the C library's own calendar. */
#include "base/calendar.h"

#include <time.h>

#include "unit.h"

#define FIRST INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static void assert_same(int64_t seconds)
{
	time_t libc_seconds = (time_t)seconds;
	struct calendar c = calendar_from_unix(seconds);
	struct tm tm;
	int64_t back;

	assert_non_null(gmtime_r(&libc_seconds, &tm));
	if (c.year != tm.tm_year + 1900 || c.month != (unsigned)tm.tm_mon + 1 ||
	    c.day != (unsigned)tm.tm_mday || c.hour != (unsigned)tm.tm_hour ||
	    c.minute != (unsigned)tm.tm_min || c.second != (unsigned)tm.tm_sec)
		fail_msg("%lld is %d-%u-%u %u:%u:%u", (long long)seconds,
		         c.year, c.month, c.day, c.hour, c.minute, c.second);
	if (!calendar_to_unix(&c, &back) || back != seconds)
		fail_msg("%lld does not come back", (long long)seconds);
}

/* A step just short of a day visits every day and every second of a day. */
static void agrees_with_libc_on_every_day(void **state)
{
	size_t count = 0;

	(void)state;
	for (int64_t at = FIRST; at <= LAST; at += 86399, count++)
		assert_same(at);
	print_message("%zu times compared\n", count);
}

static void agrees_with_libc_at_the_ends_of_years(void **state)
{
	(void)state;
	for (int year = 0; year <= 9999; year++) {
		struct calendar c = { .year = year, .month = 3, .day = 1 };
		struct tm tm = { .tm_year = year - 1900,
			         .tm_mon = 2,
			         .tm_mday = 1 };
		int64_t march;

		assert_true(calendar_to_unix(&c, &march));
		assert_true(march == (int64_t)timegm(&tm));
		assert_same(march - 1); /* the last of February */
		c.month = 1;
		assert_true(calendar_to_unix(&c, &march));
		assert_same(march);
		if (year > 0)
			assert_same(march - 1);
	}
}

static void beyond_the_ends_is_the_nearer_end(void **state)
{
	static const struct {
		int64_t seconds;
		int year;
	} rows[] = {
		{ FIRST, 0 },   { FIRST - 1, 0 },   { INT64_MIN, 0 },
		{ LAST, 9999 }, { LAST + 1, 9999 }, { INT64_MAX, 9999 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct calendar c = calendar_from_unix(rows[i].seconds);
		bool late = rows[i].year == 9999;

		assert_int_equal(c.year, rows[i].year);
		assert_int_equal(c.month, late ? 12 : 1);
		assert_int_equal(c.day, late ? 31 : 1);
		assert_int_equal(c.hour, late ? 23 : 0);
		assert_int_equal(c.minute, late ? 59 : 0);
		assert_int_equal(c.second, late ? 59 : 0);
	}
}

static void only_real_times_have_seconds(void **state)
{
	static const struct {
		struct calendar time;
		bool real;
	} rows[] = {
		{ { 2026, 11, 23, 10, 0, 0 }, true },
		{ { 0, 1, 1, 0, 0, 0 }, true },
		{ { 9999, 12, 31, 23, 59, 59 }, true },
		{ { -1, 12, 31, 23, 59, 59 }, false },
		{ { 10000, 1, 1, 0, 0, 0 }, false },
		{ { 2026, 0, 1, 0, 0, 0 }, false },
		{ { 2026, 13, 1, 0, 0, 0 }, false },
		{ { 2026, 1, 0, 0, 0, 0 }, false },
		{ { 2026, 1, 31, 0, 0, 0 }, true },
		{ { 2026, 1, 32, 0, 0, 0 }, false },
		{ { 2026, 4, 31, 0, 0, 0 }, false },
		{ { 2023, 2, 29, 0, 0, 0 }, false },
		{ { 2024, 2, 29, 0, 0, 0 }, true },
		{ { 2024, 2, 30, 0, 0, 0 }, false },
		{ { 1900, 2, 29, 0, 0, 0 }, false },
		{ { 2000, 2, 29, 0, 0, 0 }, true },
		{ { 2100, 2, 29, 0, 0, 0 }, false },
		{ { 0, 2, 29, 0, 0, 0 }, true },
		{ { 2026, 1, 1, 24, 0, 0 }, false },
		{ { 2026, 1, 1, 0, 60, 0 }, false },
		{ { 2026, 1, 1, 0, 0, 61 }, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t seconds;

		if (calendar_to_unix(&rows[i].time, &seconds) != rows[i].real)
			fail_msg("row %zu", i);
	}
}

static void a_leap_second_is_the_one_after_59(void **state)
{
	const struct calendar leap = { 2016, 12, 31, 23, 59, 60 };
	const struct calendar next = { 2017, 1, 1, 0, 0, 0 };
	int64_t a, b;

	(void)state;
	assert_true(calendar_to_unix(&leap, &a));
	assert_true(calendar_to_unix(&next, &b));
	assert_true(a == b);
}

static void rfc_3339_is_read(void **state)
{
	static const struct {
		struct span text;
		bool valid;
		int64_t seconds;
	} rows[] = {
		{ BYTES("1970-01-01T00:00:00Z"), true, 0 },
		{ BYTES("2026-11-23T10:00:00Z"), true, 1795428000 },
		{ BYTES("2026-11-23t10:00:00z"), true, 1795428000 },
		{ BYTES("2026-11-23T11:30:00+01:30"), true, 1795428000 },
		{ BYTES("2026-11-22T23:00:00-11:00"), true, 1795428000 },
		{ BYTES("2026-11-24T09:59:00+23:59"), true, 1795428000 },
		{ BYTES("2026-11-23T10:00:00-00:00"), true, 1795428000 },
		{ BYTES("2026-11-23T10:00:00.9Z"), true, 1795428000 },
		{ BYTES("2026-11-23T10:00:00.123456789+00:00"), true,
		  1795428000 },
		{ BYTES("2016-12-31T23:59:60Z"), true, 1483228800 },
		{ BYTES("0000-01-01T00:00:00Z"), true, FIRST },
		{ BYTES("9999-12-31T23:59:59Z"), true, LAST },
		{ BYTES(""), false, 0 },
		{ BYTES("2026"), false, 0 },
		{ BYTES("2026-11-23"), false, 0 },
		{ BYTES("2026-11-23T10:00:00"), false, 0 },
		{ BYTES("2026-11-23T10:00Z"), false, 0 },
		{ BYTES("2026-11-23 10:00:00Z"), false, 0 },
		{ BYTES("2026-1-23T10:00:00Z"), false, 0 },
		{ BYTES("26-11-23T10:00:00Z"), false, 0 },
		{ BYTES("2026/11/23T10:00:00Z"), false, 0 },
		{ BYTES(" 2026-11-23T10:00:00Z"), false, 0 },
		{ BYTES("2026-11-23T10:00:00Z "), false, 0 },
		{ BYTES("2026-11-23T10:00:00ZZ"), false, 0 },
		{ BYTES("2026-11-23T10:00:00x"), false, 0 },
		{ BYTES("2026-11-23T10:00:00."), false, 0 },
		{ BYTES("2026-11-23T10:00:00.Z"), false, 0 },
		{ BYTES("2026-11-23T10:00:00,5Z"), false, 0 },
		{ BYTES("2026-11-23T10:00:00+0100"), false, 0 },
		{ BYTES("2026-11-23T10:00:00+01"), false, 0 },
		{ BYTES("2026-11-23T10:00:00+24:00"), false, 0 },
		{ BYTES("2026-11-23T10:00:00+01:60"), false, 0 },
		{ BYTES("2026-11-23T10:00:00+1:000"), false, 0 },
		{ BYTES("2026-11-23T10:00:00 01:00"), false, 0 },
		{ BYTES("2026-02-29T10:00:00Z"), false, 0 },
		{ BYTES("2026-11-23T24:00:00Z"), false, 0 },
		{ BYTES("2026-11-23T10:00:61Z"), false, 0 },
		/* Only a letter has another case: these are no marks. */
		{ BYTES("2026\r11-23T10:00:00Z"), false, 0 },
		{ BYTES("2026-11-23T10\x1a"
		        "00:00Z"),
		  false, 0 },
		{ BYTES("2026-11-23T10:00:00+01\x1a"
		        "00"),
		  false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t seconds = 0;

		if (calendar_parse(rows[i].text, &seconds) != rows[i].valid)
			fail_msg("%s", (const char *)rows[i].text.at);
		if (rows[i].valid && seconds != rows[i].seconds)
			fail_msg("%s is not %lld",
			         (const char *)rows[i].text.at,
			         (long long)seconds);
	}
}

static void six_numbers_are_cut_off(void **state)
{
	struct span der = BYTES("260102030405Z"), marked = BYTES("1-2");
	struct calendar c = { 0 };

	(void)state;
	assert_true(calendar_cut(&der, 2, SPAN(""), &c));
	assert_true(c.year == 26 && c.month == 1 && c.day == 2);
	assert_true(c.hour == 3 && c.minute == 4 && c.second == 5);
	assert_span("rest", der, SPAN("Z"));
	assert_false(calendar_cut(&marked, 1, SPAN("--T::"), &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(six_numbers_are_cut_off),
		cmocka_unit_test(agrees_with_libc_on_every_day),
		cmocka_unit_test(agrees_with_libc_at_the_ends_of_years),
		cmocka_unit_test(beyond_the_ends_is_the_nearer_end),
		cmocka_unit_test(only_real_times_have_seconds),
		cmocka_unit_test(a_leap_second_is_the_one_after_59),
		cmocka_unit_test(rfc_3339_is_read),
	};

	return cmocka_run_group_tests_name("base/calendar", tests, NULL, NULL);
}
