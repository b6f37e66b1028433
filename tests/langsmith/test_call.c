/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/call: what statuses mean, what may pass, what is known. */
#include "langsmith/call.h"

#include "langsmith/api.h"
#include "unit.h"

/* --- In place of net/client: nothing ever leaves --- */

static enum err_code why; /* an exchange fails */
static unsigned exchanges;

bool client_exchange(struct client *c, struct exchange *x, struct err *e)
{
	(void)c;
	exchanges++;
	x->progress = EXCHANGE_UNSENT;
	return err_set(e, why, "D");
}

void client_close(struct client *c)
{
	(void)c;
}

/* --- Tests --- */

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

/*
 * Whatever the error means elsewhere: it is known what became of the token, at
 * once, and no list is asked. ERR_SERVER stands for an answer, which there is
 * none of.
 */
static void nothing_is_unknown_where_nothing_left(void **state)
{
	static const enum call_operation changes[] = { CALL_DELETE, CALL_REVOKE,
		                                       CALL_DELETE_SERVICE };
	static struct api api;
	static struct api_settings settings;
	static const struct uuid id;
	static const struct url server = { .host = "127.0.0.1", .port = 1 };

	(void)state;
	settings.identity.secret[0] = 'k';
	settings.identity.secret_len = 1;
	settings.user_agent = "patrm/test";
	settings.timeout = 5000;
	settings.regions = 1;
	api.settings = &settings;
	api.client.server = &server;
	for (why = ERR_NONE + 1; why <= ERR_NOT_TRIED; why++)
		for (size_t i = 0; i < COUNT(changes); i++) {
			enum exit_status status = err_status(why);
			struct result r;

			if (why == ERR_SERVER)
				continue;
			exchanges = 0;
			api_change(&api, changes[i], &id, &r);
			assert_int_equal(exchanges, 1);
			assert_int_equal(r.err.code, why);
			assert_int_equal(r.status, status == EXIT_UNKNOWN
			                                   ? EXIT_UNREACHED
			                                   : status);
			assert_int_not_equal(r.outcome, OUTCOME_UNKNOWN);
			assert_false(r.unanswered);
			assert_int_equal(r.http, 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_means_an_error),
		cmocka_unit_test(only_what_may_pass_is_tried_again),
		cmocka_unit_test(a_body_is_there_once_there_is_an_answer),
		cmocka_unit_test(nothing_is_unknown_where_nothing_left),
	};

	return cmocka_run_group_tests_name("langsmith/call", tests, NULL, NULL);
}
