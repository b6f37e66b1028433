/* SPDX-License-Identifier: MIT */
/* Fuzzes base/calendar, and the dates of wire/http, against the C library. */
#include <inttypes.h>
#include <time.h>

#include "base/calendar.h"
#include "base/fmt.h"
#include "fuzz/fuzz.h"
#include "wire/http.h"

#define FIRST INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* --- RFC 3339, read plainly --- */

/* Two digits at p, or -1. */
static int two(const char *p)
{
	return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9'
	               ? (p[0] - '0') * 10 + p[1] - '0'
	               : -1;
}

static bool plain_offset(const char *p, int64_t *seconds)
{
	int hours = two(p + 1), minutes = hours < 0 ? -1 : two(p + 4);

	*seconds = 0;
	if ((p[0] == 'Z' || p[0] == 'z') && p[1] == '\0')
		return true;
	if ((p[0] != '+' && p[0] != '-') || hours < 0 || hours > 23 ||
	    p[3] != ':' || minutes < 0 || minutes > 59 || p[6] != '\0')
		return false;
	*seconds = (p[0] == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool plain_parse(const char *p, size_t len, int64_t *seconds)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	struct tm t = { 0 }, real;
	int64_t offset;
	time_t unix_time;
	bool leap;

	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (len < sizeof(form) ||
		    (form[i] == 'd' ? p[i] < '0' || p[i] > '9'
		                    : p[i] != form[i] &&
		                              (form[i] != 'T' || p[i] != 't')))
			return false;
	t.tm_year = two(p) * 100 + two(p + 2) - 1900;
	t.tm_mon = two(p + 5) - 1;
	t.tm_mday = two(p + 8);
	t.tm_hour = two(p + 11);
	t.tm_min = two(p + 14);
	leap = two(p + 17) == 60;
	t.tm_sec = two(p + 17) - leap;
	p += sizeof(form) - 1;
	if (p[0] == '.' && p[1] >= '0' && p[1] <= '9')
		for (p++; *p >= '0' && *p <= '9';)
			p++;
	if (!plain_offset(p, &offset))
		return false;
	real = t;
	unix_time = timegm(&real);
	*seconds = unix_time + leap - offset;
	/* What is no real time was moved to one. */
	return real.tm_year == t.tm_year && real.tm_mon == t.tm_mon &&
	       real.tm_mday == t.tm_mday && real.tm_hour == t.tm_hour &&
	       real.tm_min == t.tm_min && real.tm_sec == t.tm_sec;
}

/* --- calendar --- */

static void check_text(struct span text)
{
	int64_t got = 0, want = 0;
	char copy[128] = "";
	bool good;

	if (text.len >= sizeof(copy) - 8 ||
	    (text.len > 0 && memchr(text.at, 0, text.len) != NULL))
		return;
	memcpy(copy, text.at, text.len);
	good = calendar_parse(text, &got);
	CHECK(good == plain_parse(copy, text.len, &want));
	CHECK(!good || got == want);
}

static void check_time(int64_t x)
{
	uint8_t text[64];
	struct buf out = BUF_OVER(text);
	struct calendar c = calendar_from_unix(x);
	int64_t nearest = x < FIRST ? FIRST : x > LAST ? LAST : x, again = 0;
	time_t at = (time_t)nearest;
	struct tm t;
	char want[80];

	CHECK(calendar_to_unix(&c, &again) && again == nearest);
	fmt_time(&out, x);
	CHECK(!out.failed && out.len == 20);
	CHECK(calendar_parse(buf_written(&out), &again) && again == nearest);
	CHECK(gmtime_r(&at, &t) != NULL);
	snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02dZ",
	         t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
	         t.tm_sec);
	CHECK(span_equal(buf_written(&out), span_of(want)));
	out.len = 0;
	fmt_date(&out, x);
	want[10] = '\0';
	CHECK(span_equal(buf_written(&out), span_of(want)));
	for (size_t i = 0; i < 10; i++)
		CHECK(!calendar_parse(fuzz_first(span_of(want), i), &again));
}

/* --- HTTP --- */

static void read_head(struct http_response *r, struct span date,
                      struct span retry)
{
	static uint8_t text[4096];
	struct buf out = BUF_OVER(text);
	struct span in, body;

	buf_text(&out, "HTTP/1.1 503 x\r\nDate: ");
	buf_span(&out, date);
	buf_text(&out, "\r\nRetry-After: ");
	buf_span(&out, retry);
	buf_text(&out, "\r\nContent-Length: 0\r\n\r\n");
	CHECK(!out.failed);
	in = buf_written(&out);
	http_response_init(r);
	CHECK(http_feed(r, &in, &body) == HTTP_DONE);
	CHECK(r->head_done && r->status == 503 && in.len == 0);
}

/* A time in form 0 to 2 of RFC 9110 section 5.6.7. */
static struct span put_date(char *text, size_t cap, int64_t x, uint32_t form)
{
	static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT",
		                             "%A, %d-%b-%y %H:%M:%S GMT",
		                             "%a %b %e %H:%M:%S %Y" };
	time_t at = (time_t)x;
	struct tm t;

	CHECK(gmtime_r(&at, &t) != NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	CHECK(strftime(text, cap, forms[form], &t) > 0);
#pragma GCC diagnostic pop
	return span_of(text);
}

/* Two times in any forms: the wait is what lies between them. */
static void check_http(int64_t date, int64_t retry, uint32_t forms)
{
	struct http_response r;
	char text[2][64];
	int64_t want = retry - date;

	read_head(&r, put_date(text[0], sizeof(text[0]), date, forms % 3),
	          put_date(text[1], sizeof(text[1]), retry, forms / 3 % 3));
	CHECK(r.has_retry_after);
	CHECK(r.retry_after == (want < 0            ? 0
	                        : want > UINT32_MAX ? UINT32_MAX
	                                            : (uint32_t)want));
	read_head(&r, SPAN(""), span_of(text[1]));
	CHECK(!r.has_retry_after);
}

/* Digits, a point, and digits. */
static bool is_decimal(struct span text)
{
	struct span whole;

	unsigned ignored;

	if (!span_cut(&text, '.', &whole) || text.len == 0 || whole.len == 0)
		return false;
	for (size_t i = 0; i < whole.len; i++)
		if (!span_digits(span_skip(whole, i), 1, &ignored))
			return false;
	for (size_t i = 0; i < text.len; i++)
		if (!span_digits(span_skip(text, i), 1, &ignored))
			return false;
	return true;
}

/* Any text as a date: it is one, or a number, or nothing. */
static void check_http_text(struct span text)
{
	struct http_response r;
	struct span value = span_trim(text, " \t");
	bool digits = value.len > 0;
	char number[32] = "";

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == 0 || text.at[i] == '\r' || text.at[i] == '\n')
			return;
		digits &= i >= value.len ||
		          (value.at[i] >= '0' && value.at[i] <= '9');
	}
	if (text.len > 500)
		return;
	read_head(&r, SPAN("Thu, 01 Jan 1970 00:00:00 GMT"), text);
	CHECK(!digits || r.has_retry_after);
	if (digits && value.len < 10) {
		memcpy(number, value.at, value.len);
		CHECK(r.retry_after == strtoul(number, NULL, 10));
	} else if (digits) {
		CHECK(r.retry_after >= 1000000000 || value.at[0] == '0');
	}
	/* A date without one to compare it with says nothing. */
	read_head(&r, SPAN(""), text);
	CHECK(!digits || r.has_retry_after);
	CHECK(!r.has_retry_after || digits || is_decimal(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };
	uint32_t seed = fuzz_hash(text);
	uint64_t number = 0;
	int64_t x, y, z = 0;

	for (size_t i = 0; i < size && i < 8; i++)
		number = number << 8 | data[i];
	check_text(text);
	check_http_text(text);
	check_time((int64_t)number);
	x = FIRST + (int64_t)(number % (uint64_t)(LAST - FIRST + 1));
	check_time(x);
	if (calendar_parse(text, &z))
		check_time(z);
	/* Two digits of a year stand for 1970 to 2069. */
	y = (int64_t)(fuzz_draw(&seed) % UINT32_C(3155760000));
	z = x < 0 || x >= 3155760000 ? y / 2 : x;
	check_http(y, z, seed >> 8);
	check_http(z, y, seed >> 8);
	return 0;
}
