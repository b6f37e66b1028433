/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/call: what statuses mean, and what may pass. */
#include "langsmith/call.h"

#include "unit.h"

static void each_status_means_an_error(void **state)
{
	static const struct {
		unsigned first, last; /* statuses */
		enum err_code code;
	} rows[] = {
		{ 300, 399, ERR_REDIRECT },  { 400, 400, ERR_REFUSED },
		{ 401, 401, ERR_FORBIDDEN }, { 402, 402, ERR_REFUSED },
		{ 403, 403, ERR_FORBIDDEN }, { 404, 404, ERR_MISSING },
		{ 405, 407, ERR_REFUSED },   { 408, 408, ERR_SERVER },
		{ 409, 409, ERR_CONFLICT },  { 410, 428, ERR_REFUSED },
		{ 429, 429, ERR_RATE },      { 430, 499, ERR_REFUSED },
		{ 500, 999, ERR_SERVER },
	};
	unsigned next = 300;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(rows[i].first, next);
		for (; next <= rows[i].last; next++)
			assert_int_equal(call_status_err(next), rows[i].code);
	}
	assert_int_equal(next, 1000);
}

/* What is wrong with a certificate, or here, stays wrong. */
static void only_what_may_pass_is_tried_again(void **state)
{
	static const enum err_code passing[] = {
		ERR_LOOKUP,  ERR_CONNECT, ERR_SEND,   ERR_TLS_BROKEN,
		ERR_RECEIVE, ERR_HTTP,    ERR_SYSTEM, ERR_PROXY,
	};

	(void)state;
	for (enum err_code code = 0; code <= ERR_NOT_TRIED; code++) {
		bool passes = false;

		for (size_t i = 0; i < COUNT(passing); i++)
			passes = passes || code == passing[i];
		assert_int_equal(call_err_may_pass(code), passes);
	}
}

/* Of an answer that cannot be read, or of none, there is no body. */
static void a_body_is_there_once_there_is_an_answer(void **state)
{
	static uint8_t text[] = "body";
	struct call c = { .body = { .at = text, .len = 4, .cap = 4 } };

	(void)state;
	c.x.response.status = 200;
	assert_int_equal(call_status(&c), 0);
	assert_int_equal(call_body(&c).len, 0);
	c.x.progress = EXCHANGE_SENT;
	assert_int_equal(call_status(&c), 0);
	c.x.progress = EXCHANGE_ANSWERED;
	assert_int_equal(call_status(&c), 200);
	assert_span("body", call_body(&c), SPAN("body"));
	c.x.response.encoded = true;
	assert_int_equal(call_body(&c).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_means_an_error),
		cmocka_unit_test(only_what_may_pass_is_tried_again),
		cmocka_unit_test(a_body_is_there_once_there_is_an_answer),
	};

	return cmocka_run_group_tests_name("langsmith/call", tests, NULL, NULL);
}
