/* SPDX-License-Identifier: MIT */
/*
 * Tests of net/resolve: what it says without asking anybody. How it asks is in
 * tests/integration/test_resolve.py, since that takes an /etc of its own.
 */
#include "net/resolve.h"

#include "base/fmt.h"
#include "unit.h"

static struct resolve names;
static struct pollfd files[RESOLVE_FILES];

static struct err begin(const char *host, int64_t milliseconds)
{
	static struct url url;
	struct err e = { 0 };
	bool done;

	assert_true(strlen(host) < sizeof(url.host));
	memcpy(url.host, host, strlen(host) + 1);
	names.files = files;
	done = resolve_begin(&names, &url, deadline_in(milliseconds), &e);
	assert_int_equal(done, e.code == ERR_NONE);
	return e;
}

static void some_names_need_nobody(void **state)
{
	static const struct {
		const char *host, *found;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1 " },
		{ "192.0.2.1", "192.0.2.1 " },
		{ "::1", "::1 " },
		{ "fe80::1%7", "fe80::1 " },
		{ "localhost", "::1 127.0.0.1 " },
		{ "x.localhost", "::1 127.0.0.1 " },
		{ "x.y.localhost", "::1 127.0.0.1 " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t text[100];
		struct buf out = BUF_OVER(text);
		struct err e = begin(rows[i].host, 0);

		assert_row(rows[i].host, e.code == ERR_NONE);
		assert_row(rows[i].host, names.ready && names.over);
		assert_row(rows[i].host, names.wake == INT64_MAX);
		assert_row(rows[i].host,
		           resolve_step(&names, deadline_in(0), &e));
		for (size_t f = 0; f < FAMILIES; f++)
			for (size_t n = 0; n < names.found.count[f]; n++) {
				fmt_address(
					&out,
					address_bytes(&names.found.list[f][n]));
				buf_byte(&out, ' ');
			}
		assert_span(rows[i].host, buf_written(&out),
		            span_of(rows[i].found));
		resolve_end(&names);
	}
}

static void no_name_is_looked_for_where_there_can_be_none(void **state)
{
	static const char *const hosts[] = { "host..example.invalid",
		                             ".invalid" };

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		assert_int_equal(begin(hosts[i], 5000).code, ERR_NO_NAME);
		resolve_end(&names);
	}
}

static void no_time_is_said_to_be_none(void **state)
{
	struct err e = begin("host.invalid", -1);

	(void)state;
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_span("detail", (struct span){ e.detail, e.detail_len },
	            SPAN("resolving the host name"));
	resolve_end(&names);
}

/* It is not ready, wants to go on at once, and leaves no file behind. */
static void a_lookup_can_be_left(void **state)
{
	struct err e = begin("host.invalid", 5000);

	(void)state;
	assert_int_equal(e.code, ERR_NONE);
	assert_false(names.ready || names.over);
	(void)resolve_step(&names, deadline_in(5000), &e);
	resolve_end(&names);
	assert_true(names.over);
	for (size_t i = 0; i < RESOLVE_FILES; i++)
		assert_int_equal(files[i].fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_names_need_nobody),
		cmocka_unit_test(no_name_is_looked_for_where_there_can_be_none),
		cmocka_unit_test(no_time_is_said_to_be_none),
		cmocka_unit_test(a_lookup_can_be_left),
	};

	return cmocka_run_group_tests_name("net/resolve", tests, NULL, NULL);
}
