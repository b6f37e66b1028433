/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/region: names, and what four answers come to. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "langsmith/region.h"

#include "langsmith/fixture.h"

static void names_lead_to_servers(void **state)
{
	static const struct {
		const char *name, *host;
	} rows[] = {
		{ "us", "api.smith.langchain.com" },
		{ "eu", "eu.api.smith.langchain.com" },
		{ "apac", "apac.api.smith.langchain.com" },
		{ "aws", "aws.api.smith.langchain.com" },
		{ "any", "api.smith.langchain.com" },
		{ "", NULL },
		{ "US", NULL },
		{ "u", NULL },
		{ "us ", NULL },
		{ "anyone", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t region = 99;
		struct url url;
		bool is = region_parse(span_of(rows[i].name), &region);

		assert_row(rows[i].name, is == (rows[i].host != NULL));
		if (!is)
			continue;
		region_url(region, &url);
		assert_span(rows[i].name, span_of(url.host),
		            span_of(rows[i].host));
		assert_row(rows[i].name, url.secure && url.port == 443);
		assert_row(rows[i].name, url.prefix_len == 0);
	}
}

/* A list that came, or a failure of that kind. */
static void one_that_shows_a_list_is_the_one(void **state)
{
	static const struct {
		enum exit_status status;
		enum err_code code;
		unsigned http;
		bool goes_on;
	} rows[] = {
		{ EXIT_DONE, ERR_NONE, 200, false },
		{ EXIT_REFUSED, ERR_LIST_TORN, 200, false },
		{ EXIT_REFUSED, ERR_LIST_ELEMENT, 200, false },
		{ EXIT_REFUSED, ERR_LIST_FORM, 200, true },
		{ EXIT_FORBIDDEN, ERR_FORBIDDEN, 401, true },
		{ EXIT_FORBIDDEN, ERR_FORBIDDEN, 403, true },
		{ EXIT_REFUSED, ERR_NO_LIST, 404, true },
		{ EXIT_RATE_LIMITED, ERR_RATE, 429, true },
		{ EXIT_UNREACHED, ERR_CONNECT, 0, true },
		{ EXIT_REFUSED, ERR_RECEIVE, 0, true },
	};

	(void)state;
	begin_api(1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct result r = { .status = rows[i].status,
			                  .http = rows[i].http,
			                  .err = { .code = rows[i].code } };
		uint8_t said[REGIONS] = { 0 };

		settings.regions = 1;
		assert_false(region_goes_on(&api, &r, said));
		settings.regions = REGIONS;
		assert_int_equal(region_goes_on(&api, &r, said),
		                 rows[i].goes_on);
		if (rows[i].goes_on)
			assert_int_equal(said[0], rows[i].status);
	}
}

#define F EXIT_FORBIDDEN
#define U EXIT_UNREACHED
#define R EXIT_RATE_LIMITED

/* Only where all refuse it, it is refused. */
static void four_answers_come_to_one(void **state)
{
	static const struct {
		uint8_t said[REGIONS];
		enum exit_status status;
		enum err_code code;
		const char *detail;
	} rows[] = {
		{ { F, F, F, F },
		  F,
		  ERR_REGIONS,
		  "us, eu, apac, aws refuse it" },
		{ { U, F, F, F },
		  U,
		  ERR_REGION_UNSAID,
		  "eu, apac, aws refuse it; us: cannot connect to E" },
		{ { F, F, F, U },
		  U,
		  ERR_REGION_UNSAID,
		  "us, eu, apac refuse it; aws: cannot connect to E" },
		{ { F, R, U, F },
		  R,
		  ERR_REGION_UNSAID,
		  "us, aws refuse it; eu: cannot connect to E; "
		  "apac: cannot connect to E" },
		{ { U, U, U, U },
		  U,
		  ERR_REGION_UNSAID,
		  "us: cannot connect to E; eu: cannot connect to E; "
		  "apac: cannot connect to E; aws: cannot connect to E" },
	};

	(void)state;
	begin_api(1);
	for (size_t i = 0; i < REGIONS; i++)
		err_set(&api.region_err[i], ERR_CONNECT, "E");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct result r = { .http = 403, .body = SPAN("x") };

		region_put_end(&api, rows[i].said, &r);
		assert_span("detail",
		            (struct span){ r.err.detail, r.err.detail_len },
		            span_of(rows[i].detail));
		assert_row(rows[i].detail, r.status == rows[i].status);
		assert_row(rows[i].detail, r.err.code == rows[i].code);
		assert_row(rows[i].detail,
		           r.http == (rows[i].status == F ? 403 : 0));
		assert_row(rows[i].detail, r.body.len == 0);
	}
}

/* What is in use stays so, and another one is a new connection. */
static void a_region_is_used_until_another_is(void **state)
{
	(void)state;
	begin_api(1);
	region_use(&api, 0);
	assert_ptr_equal(api.client.server, &server);
	region_use(&api, 2);
	assert_string_equal(api.client.server->host,
	                    "apac.api.smith.langchain.com");
	region_use(&api, 0);
	assert_string_equal(api.client.server->host, "api.smith.langchain.com");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lead_to_servers),
		cmocka_unit_test(one_that_shows_a_list_is_the_one),
		cmocka_unit_test(four_answers_come_to_one),
		cmocka_unit_test(a_region_is_used_until_another_is),
	};

	return cmocka_run_group_tests_name("langsmith/region", tests, NULL,
	                                   NULL);
}
