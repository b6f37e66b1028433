/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/api: the request, the fate of a token, the message. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "langsmith/api.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fmt.h"
#include "langsmith/fixture.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define OTHER "11111111-2222-4333-8444-555555555555"
#define PATH "/api/v1/orgs/current/personal-access-tokens/" ID
#define RECORD "{\"id\":\"" ID "\",\"description\":\"d\"}"
#define DONE SAY("200", JSON, RECORD)
#define GONE SAY("404", JSON, "{\"detail\":\"no\"}")
#define TURNS_MAX 4

static struct uuid id;
static struct result result;

static void begin(uint16_t port)
{
	begin_api(port);
	assert_true(uuid_parse(SPAN(ID), &id));
}

static bool detail_has(const struct err *e, const char *text)
{
	return memmem(e->detail, e->detail_len, text, strlen(text)) != NULL;
}

/* --- Outcomes --- */

/* How it ends; the numbers of attempts and of turns are the same. */
static const struct row {
	const char *label;
	struct peer_turn turns[TURNS_MAX];
	enum outcome outcome;
	enum exit_status status;
	enum err_code code;
	unsigned http;
	unsigned retries;
	bool missing_is_done;
	bool has_record;
} answers[] = {
	{ "a record", { DONE }, OUTCOME_DELETED, 0, ERR_NONE, .http = 200,
	  .has_record = true },
	{ "a record, tidily",
	  { { .say = "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 46\r\n\r\n"
	             "{\"id\": \"" ID "\"}" } },
	  OUTCOME_DELETED, 0, ERR_NONE, .http = 200, .has_record = true, .retries = 2 },
	{ "no content", { { .say = "HTTP/1.1 204 R\r\n\r\n" } }, OUTCOME_DELETED,
	  0, ERR_NONE, .http = 204 },
	/* Confirmed, and the record is lost. */
	{ "torn behind the id",
	  { SAY("200", JSON CHUNKED, "3a\r\n" RECORD) },
	  OUTCOME_DELETED_UNREAD, 8, ERR_UNREAD, .http = 200, .retries = 2 },
	{ "torn before the id",
	  { SAY("200", JSON CHUNKED, "30\r\n{\"short_key\":\"a") },
	  OUTCOME_DELETED_UNREAD, 8, ERR_UNREAD, .http = 200, .retries = 2 },
	{ "torn before the body",
	  { SAY("200", JSON "Content-Length: 9\r\n", "") },
	  OUTCOME_DELETED_UNREAD, 8, ERR_UNREAD, .http = 200 },
	{ "torn, and no JSON so far",
	  { SAY("200", JSON "Content-Length: 9\r\n", "<html") },
	  OUTCOME_UNKNOWN, 6, ERR_NO_RECORD, .http = 200, .retries = 2 },
	{ "torn, and about another",
	  { SAY("200", JSON "Content-Length: 99\r\n",
	        "{\"id\":\"" OTHER "\",") },
	  OUTCOME_UNKNOWN, 6, ERR_OTHER_TOKEN, .http = 200 },
	{ "compressed",
	  { SAY("200", JSON "Content-Encoding: gzip\r\n", "\x1f\x8b") },
	  OUTCOME_DELETED_UNREAD, 8, ERR_UNREAD, .http = 200 },
	/* What confirms nothing. */
	{ "a web page",
	  { SAY("200", "Content-Type: text/html\r\n", "<html>") },
	  OUTCOME_UNKNOWN, 6, ERR_NO_RECORD, .http = 200, .retries = 2 },
	{ "a record that is no JSON by its type",
	  { SAY("200", "Content-Type: text/plain\r\n", RECORD) },
	  OUTCOME_UNKNOWN, 6, ERR_NO_RECORD, .http = 200 },
	{ "a record without a type", { SAY("200", "", RECORD) }, OUTCOME_UNKNOWN,
	  6, ERR_NO_RECORD, .http = 200 },
	{ "another token", { SAY("200", JSON, "{\"id\":\"" OTHER "\"}") },
	  OUTCOME_UNKNOWN, 6, ERR_OTHER_TOKEN, .http = 200, .retries = 2 },
	{ "no token", { SAY("200", JSON, "{\"a\":1}") }, OUTCOME_UNKNOWN, 6,
	  ERR_NO_RECORD, .http = 200 },
	{ "a list", { SAY("200", JSON, "[" RECORD "]") }, OUTCOME_UNKNOWN, 6,
	  ERR_NO_RECORD, .http = 200 },
	{ "nothing", { SAY("200", JSON, "") }, OUTCOME_UNKNOWN, 6, ERR_NO_RECORD,
	  .http = 200 },
	{ "half a record, as a whole",
	  { { .say = "HTTP/1.1 200 R\r\n" JSON "Content-Length: 6\r\n\r\n"
	             "{\"id\":" } },
	  OUTCOME_UNKNOWN, 6, ERR_NO_RECORD, .http = 200 },
	{ "201", { SAY("201", JSON, RECORD) }, OUTCOME_UNKNOWN, 6, ERR_SUCCESS,
	  .http = 201, .retries = 2 },
	{ "202", { SAY("202", JSON, RECORD) }, OUTCOME_UNKNOWN, 6, ERR_SUCCESS,
	  .http = 202 },
	/* Refusals. */
	{ "301", { SAY("301", "Location: /x\r\n", "") }, OUTCOME_REFUSED, 1,
	  ERR_REDIRECT, .http = 301, .retries = 2 },
	{ "304", { SAY("304", "", "") }, OUTCOME_REFUSED, 1, ERR_REDIRECT, .http = 304 },
	{ "307", { SAY("307", "Location: /x\r\n", "") }, OUTCOME_REFUSED, 1,
	  ERR_REDIRECT, .http = 307 },
	{ "400", { SAY("400", JSON, "{}") }, OUTCOME_REFUSED, 1, ERR_REFUSED,
	  .http = 400 },
	{ "401", { SAY("401", JSON, "{}") }, OUTCOME_FORBIDDEN, 3, ERR_FORBIDDEN,
	  .http = 401, .retries = 2 },
	{ "403", { SAY("403", JSON, "{}") }, OUTCOME_FORBIDDEN, 3, ERR_FORBIDDEN,
	  .http = 403, .retries = 2 },
	{ "404", { GONE }, OUTCOME_MISSING, 4, ERR_MISSING, .http = 404, .retries = 2 },
	{ "404, which is well", { GONE }, OUTCOME_MISSING, 0, ERR_NONE, .http = 404,
	  .missing_is_done = true },
	{ "403, which is not", { SAY("403", JSON, "{}") }, OUTCOME_FORBIDDEN, 3,
	  ERR_FORBIDDEN, .http = 403, .missing_is_done = true },
	{ "404 with a torn body",
	  { SAY("404", JSON "Content-Length: 9\r\n", "{\"d") },
	  OUTCOME_MISSING, 4, ERR_MISSING, .http = 404, .retries = 2 },
	{ "405", { SAY("405", JSON, "{}") }, OUTCOME_REFUSED, 1, ERR_REFUSED,
	  .http = 405 },
	{ "409", { SAY("409", JSON, "{}") }, OUTCOME_REFUSED, 1, ERR_CONFLICT,
	  .http = 409 },
	{ "409, which wants to be tried again",
	  { SAY("409", JSON "X-Should-Retry: true\r\n", "{}") }, OUTCOME_REFUSED,
	  1, ERR_CONFLICT, .http = 409, .retries = 2 },
	{ "429, which does not",
	  { SAY("429", JSON "X-Should-Retry: false\r\n", "{}") },
	  OUTCOME_RATE_LIMITED, 7, ERR_RATE, .http = 429, .retries = 2 },
	{ "503, which does not",
	  { SAY("503", JSON "x-should-retry: False\r\n", "{}") },
	  OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 503, .retries = 2 },
	{ "422", { SAY("422", JSON, "{}") }, OUTCOME_REFUSED, 1, ERR_REFUSED,
	  .http = 422, .retries = 2 },
	{ "499", { SAY("499", JSON, "{}") }, OUTCOME_REFUSED, 1, ERR_REFUSED,
	  .http = 499 },
	{ "425", { AGAIN("425") }, OUTCOME_REFUSED, 1, ERR_REFUSED, .http = 425 },
	{ "429", { AGAIN("429") }, OUTCOME_RATE_LIMITED, 7, ERR_RATE, .http = 429 },
	/* May have been said after the deletion was done. */
	{ "408", { AGAIN("408") }, OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 408 },
	{ "500", { AGAIN("500") }, OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 500 },
	{ "501", { SAY("501", JSON, "{}") }, OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 501,
	  .retries = 2 },
	{ "502", { AGAIN("502") }, OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 502 },
	{ "503", { AGAIN("503") }, OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 503 },
	{ "504", { AGAIN("504") }, OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 504 },
	{ "505", { SAY("505", JSON, "{}") }, OUTCOME_UNKNOWN, 6, ERR_SERVER, .http = 505,
	  .retries = 2 },
	{ "599", { SAY("599", JSON, "{}") }, OUTCOME_UNKNOWN, 6, ERR_SERVER,
	  .http = 599 },
	{ "600", { SAY("600", JSON, "{}") }, OUTCOME_UNKNOWN, 6, ERR_SERVER,
	  .http = 600 },
	/* No answer. */
	{ "lost", { LOST }, OUTCOME_UNKNOWN, 6, ERR_HTTP, .http = 0 },
	{ "reset", { { .end = PEER_RESETS } }, OUTCOME_UNKNOWN, 6, ERR_RECEIVE,
	  .http = 0 },
	{ "no HTTP", { { .say = "hello\r\n", .end = PEER_HANGS } },
	  OUTCOME_UNKNOWN, 6, ERR_HTTP, .http = 0 },
	{ "lost, which is not missing", { LOST }, OUTCOME_UNKNOWN, 6, ERR_HTTP, .http = 0,
	  .missing_is_done = true },
}, retries[] = {
	/* Answers that may pass come again, as often as allowed. */
	{ "429, then done", { AGAIN("429"), DONE }, OUTCOME_DELETED, 0, ERR_NONE,
	  .http = 200, .retries = 1, .has_record = true },
	{ "425, then done", { AGAIN("425"), DONE }, OUTCOME_DELETED, 0, ERR_NONE,
	  .http = 200, .retries = 1, .has_record = true },
	{ "408, then done", { AGAIN("408"), DONE }, OUTCOME_DELETED, 0, ERR_NONE,
	  .http = 200, .retries = 1, .has_record = true },
	{ "500, 502, 503, then done",
	  { AGAIN("500"), AGAIN("502"), AGAIN("503"), DONE }, OUTCOME_DELETED, 0,
	  ERR_NONE, .http = 200, .retries = 3, .has_record = true },
	{ "504, then no content",
	  { AGAIN("504"), { .say = "HTTP/1.1 204 R\r\n\r\n" } }, OUTCOME_DELETED,
	  0, ERR_NONE, .http = 204, .retries = 1 },
	{ "429 to the end", { AGAIN("429"), AGAIN("429"), AGAIN("429") },
	  OUTCOME_RATE_LIMITED, 7, ERR_RATE, .http = 429, .retries = 2 },
	{ "429, then missing", { AGAIN("429"), GONE }, OUTCOME_MISSING, 4,
	  ERR_MISSING, .http = 404, .retries = 9 },
	{ "429, then forbidden",
	  { AGAIN("429"), SAY("403", JSON, "{}") }, OUTCOME_FORBIDDEN, 3,
	  ERR_FORBIDDEN, .http = 403, .retries = 9 },
	{ "429, then a record that is torn",
	  { AGAIN("429"), SAY("200", JSON CHUNKED, "9\r\n{") },
	  OUTCOME_DELETED_UNREAD, 8, ERR_UNREAD, .http = 200, .retries = 9 },
	/* Once it may have been done, only a yes makes it known. */
	{ "503, then missing", { AGAIN("503"), GONE }, OUTCOME_UNKNOWN, 6,
	  ERR_LOST, .http = 404, .retries = 1 },
	{ "503, then missing, which is well", { AGAIN("503"), GONE },
	  OUTCOME_MISSING, 0, ERR_NONE, .http = 404, .retries = 1,
	  .missing_is_done = true },
	{ "503, then 429", { AGAIN("503"), AGAIN("429") }, OUTCOME_UNKNOWN, 6,
	  ERR_LOST, .http = 429, .retries = 1 },
	{ "503, then forbidden",
	  { AGAIN("503"), SAY("401", JSON, "{}") }, OUTCOME_UNKNOWN, 6, ERR_LOST,
	  .http = 401, .retries = 9 },
	{ "503, then 429, then refused",
	  { AGAIN("503"), AGAIN("429"), SAY("422", JSON, "{}") },
	  OUTCOME_UNKNOWN, 6, ERR_LOST, .http = 422, .retries = 9 },
	{ "503, then a record that is torn",
	  { AGAIN("503"), SAY("200", JSON CHUNKED, "9\r\n{") },
	  OUTCOME_DELETED_UNREAD, 8, ERR_UNREAD, .http = 200, .retries = 9 },
	{ "503, then a web page",
	  { AGAIN("503"), SAY("200", "", "<html>") }, OUTCOME_UNKNOWN, 6,
	  ERR_LOST, .http = 200, .retries = 9 },
	{ "503, then 504", { AGAIN("503"), AGAIN("504") }, OUTCOME_UNKNOWN, 6,
	  ERR_SERVER, .http = 504, .retries = 1 },
}, losses[] = {
	{ "lost, then done", { LOST, DONE }, OUTCOME_DELETED, 0, ERR_NONE, .http = 200,
	  .retries = 1, .has_record = true },
	{ "lost, then missing", { LOST, GONE }, OUTCOME_UNKNOWN, 6, ERR_LOST, .http = 404,
	  .retries = 1 },
	{ "lost, then missing, which is well", { LOST, GONE }, OUTCOME_MISSING, 0,
	  ERR_NONE, .http = 404, .retries = 1, .missing_is_done = true },
}, more_losses[] = {
	{ "lost, then lost", { LOST, LOST }, OUTCOME_UNKNOWN, 6, ERR_HTTP, .http = 0,
	  .retries = 1 },
	{ "reset, then done", { { .end = PEER_RESETS }, DONE }, OUTCOME_DELETED,
	  0, ERR_NONE, .http = 200, .retries = 1, .has_record = true },
	{ "no HTTP, then 403",
	  { { .say = "hello\r\n", .end = PEER_CLOSES },
	    SAY("403", JSON, "{}") },
	  OUTCOME_UNKNOWN, 6, ERR_LOST, .http = 403, .retries = 1 },
};

static void check(const struct row *row, size_t attempts)
{
	assert_row(row->label, result.outcome == row->outcome);
	assert_row(row->label, result.status == row->status);
	assert_row(row->label, result.err.code == row->code);
	assert_row(row->label, result.http == row->http);
	assert_row(row->label, result.attempts == attempts);
	assert_row(row->label, result.has_record == row->has_record);
	assert_row(row->label,
	           !row->has_record || memmem(result.body.at, result.body.len,
	                                      ID, UUID_TEXT) != NULL);
}

static void play(const struct row *row, enum verb verb)
{
	struct peer peer;
	size_t count = count_turns(row->turns, TURNS_MAX);

	peer_start(&peer, row->turns, count);
	begin(peer.port);
	settings.retries = row->retries;
	settings.missing_is_done = row->missing_is_done;
	api_change(&api, verb == VERB_REVOKE ? CALL_REVOKE : CALL_DELETE, &id,
	           &result);
	client_close(&api.client);
	peer_stop(&peer);
	check(row, count);
	assert_row(row->label, peer.log->requests == count);
}

static void each_answer_has_its_outcome(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++)
		play(&answers[i], VERB_DELETE);
}

static void answers_that_may_pass_come_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(retries); i++)
		play(&retries[i], VERB_DELETE);
}

/* Half a second each. */
static void a_lost_answer_is_asked_for_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(losses); i++)
		play(&losses[i], VERB_DELETE);
}

static void what_follows_a_lost_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(more_losses); i++)
		play(&more_losses[i], VERB_DELETE);
}

static void nobody_there_is_unreachable(void **state)
{
	struct deadline d = deadline_in(500);

	(void)state;
	begin(peer_free_port());
	settings.retries = 1;
	api_change(&api, CALL_DELETE, &id, &result);
	assert_int_equal(result.outcome, OUTCOME_UNREACHABLE);
	assert_int_equal(result.status, 5);
	assert_int_equal(result.err.code, ERR_CONNECT);
	assert_int_equal(result.attempts, 2);
	assert_int_equal(result.http, 0);
	/* Not at once again. */
	assert_true(deadline_left(d) == 0);
}

/* --- Time --- */

static const struct {
	const char *label, *say;
	int64_t timeout;
	unsigned attempts;
	enum err_code code;
} waits[] = {
	/* What would come too late is not waited for. */
	{ "an hour", "HTTP/1.1 429 R\r\nRetry-After: 3600\r\n\r\n", 5000, 1,
	  ERR_RATE },
	{ "a very long time",
	  "HTTP/1.1 503 R\r\nRetry-After: 4294967295\r\n\r\n", 5000, 1,
	  ERR_SERVER },
	{ "up to the deadline", "HTTP/1.1 429 R\r\nRetry-After: 1\r\n\r\n",
	  1000, 1, ERR_RATE },
	{ "a pause of its own", "HTTP/1.1 503 R\r\n\r\n", 400, 1, ERR_SERVER },
	/* A date is a time of the server's clock. */
	{ "a date that has passed",
	  "HTTP/1.1 429 R\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n"
	  "Retry-After: Mon, 23 Nov 2026 09:00:00 GMT\r\n\r\n",
	  5000, 2, ERR_RATE },
	{ "a date that will come",
	  "HTTP/1.1 429 R\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n"
	  "Retry-After: Mon, 23 Nov 2026 11:00:00 GMT\r\n\r\n",
	  5000, 1, ERR_RATE },
};

static void waits_end_before_the_deadline(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		const struct peer_turn turn = { .say = waits[i].say,
			                        .end = PEER_CLOSES };
		const struct peer_turn turns[] = { turn, turn };
		struct deadline soon;
		struct peer peer;
		bool in_time;

		peer_start(&peer, turns, waits[i].attempts);
		begin(peer.port);
		settings.timeout = waits[i].timeout;
		settings.retries = 1;
		soon = deadline_in(900);
		api_change(&api, CALL_DELETE, &id, &result);
		in_time = deadline_left(soon) > 0;
		client_close(&api.client);
		peer_stop(&peer);
		assert_row(waits[i].label,
		           result.attempts == waits[i].attempts);
		assert_row(waits[i].label, result.err.code == waits[i].code);
		assert_row(waits[i].label, in_time);
	}
}

static void a_wait_that_is_asked_for_is_waited(void **state)
{
	static const struct peer_turn turns[] = {
		SAY("429", "Retry-After: 1\r\n", ""), DONE
	};
	struct deadline second = deadline_in(1000);
	struct peer peer;

	(void)state;
	peer_start(&peer, turns, 2);
	begin(peer.port);
	settings.retries = 1;
	api_change(&api, CALL_DELETE, &id, &result);
	client_close(&api.client);
	peer_stop(&peer);
	assert_int_equal(result.outcome, OUTCOME_DELETED);
	assert_int_equal(result.attempts, 2);
	assert_true(deadline_left(second) == 0);
}

/* The timeout is for all attempts together. */
static void silence_ends_with_the_timeout(void **state)
{
	static const struct peer_turn hangs = { .end = PEER_HANGS };
	static const struct peer_turn turns[] = { AGAIN("429"),
		                                  { .end = PEER_HANGS } };
	struct peer peer;

	(void)state;
	peer_start(&peer, &hangs, 1);
	begin(peer.port);
	settings.timeout = 100;
	settings.retries = 9;
	api_change(&api, CALL_DELETE, &id, &result);
	peer_stop(&peer);
	assert_int_equal(result.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(result.status, 6);
	assert_int_equal(result.err.code, ERR_DEADLINE);
	assert_int_equal(result.attempts, 1);
	peer_start(&peer, turns, 2);
	begin(peer.port);
	settings.timeout = 500;
	settings.retries = 9;
	api_change(&api, CALL_DELETE, &id, &result);
	peer_stop(&peer);
	assert_int_equal(result.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(result.http, 0);
	assert_int_equal(result.attempts, 2);
}

/* --- Requests --- */

static void set_scope(struct api_scope *scope)
{
	scope->given = true;
	assert_true(uuid_parse(SPAN(OTHER), &scope->id));
}

static void set_prefix(const char *prefix)
{
	server.prefix_len = strlen(prefix);
	memcpy(server.prefix, prefix, server.prefix_len);
}

static const struct {
	const char *label, *prefix;
	bool bearer, organization, workspace;
	const char *target, *fields; /* of the request */
} requests[] = {
	{ "a key", "", false, false, false, PATH, "X-API-Key: key\r\n" },
	{ "a prefix", "/langsmith", false, false, false, "/langsmith" PATH,
	  "X-API-Key: key\r\n" },
	{ "an organization", "", false, true, false, PATH,
	  "X-API-Key: key\r\nX-Organization-Id: " OTHER "\r\n" },
	{ "a workspace", "", false, false, true, PATH,
	  "X-API-Key: key\r\nX-Tenant-Id: " OTHER "\r\n" },
	{ "a bearer token", "", true, true, true, PATH,
	  "Authorization: Bearer key\r\nX-Organization-Id: " OTHER
	  "\r\nX-Tenant-Id: " OTHER "\r\n" },
};

static void the_request_is_these_bytes(void **state)
{
	static const struct peer_turn turn = DONE;

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct peer peer;
		char want[1024];

		peer_start(&peer, &turn, 1);
		begin(peer.port);
		set_prefix(requests[i].prefix);
		settings.identity.bearer = requests[i].bearer;
		if (requests[i].organization)
			set_scope(&settings.identity.organization);
		if (requests[i].workspace)
			set_scope(&settings.identity.workspace);
		api_change(&api, CALL_DELETE, &id, &result);
		client_close(&api.client);
		peer_stop(&peer);
		snprintf(want, sizeof(want),
		         "DELETE %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		         "User-Agent: patrm/test\r\n"
		         "Accept: application/json\r\nAccept-Encoding: "
		         "identity\r\n%s\r\n",
		         requests[i].target, peer.port, requests[i].fields);
		assert_span(requests[i].label, peer_requests(&peer),
		            span_of(want));
	}
}

/* The longest of everything fits; what does not fit is never sent. */
static void the_longest_request_fits(void **state)
{
	static const struct peer_turn turn = DONE;
	static uint8_t headers[HEADERS_MAX];
	struct peer peer;

	(void)state;
	peer_start(&peer, &turn, 1);
	begin(peer.port);
	memset(headers, 'h', sizeof(headers));
	memcpy(headers, "N: ", 3);
	memcpy(headers + sizeof(headers) - 2, "\r\n", 2);
	settings.headers = (struct span){ headers, sizeof(headers) };
	settings.identity.bearer = true;
	memset(settings.identity.secret, 'k', SECRET_MAX);
	settings.identity.secret_len = SECRET_MAX;
	memset(server.prefix, 'p', URL_PREFIX_MAX);
	server.prefix[0] = '/';
	server.prefix_len = URL_PREFIX_MAX;
	set_scope(&settings.identity.organization);
	set_scope(&settings.identity.workspace);
	api_change(&api, CALL_DELETE, &id, &result);
	client_close(&api.client);
	peer_stop(&peer);
	assert_int_equal(result.outcome, OUTCOME_DELETED);
	assert_true(peer.log->len > SECRET_MAX + HEADERS_MAX + URL_PREFIX_MAX);
}

static void a_request_that_is_none_is_not_sent(void **state)
{
	static const char *const secrets[] = { "a\r\nb", "a\nb", "a\rb",
		                               "a\x01", "a\x7f" };

	(void)state;
	for (size_t i = 0; i < COUNT(secrets) * 2; i++) {
		const char *secret = secrets[i / 2];

		begin(peer_free_port());
		settings.identity.bearer = i % 2 == 1;
		settings.identity.secret_len = strlen(secret);
		memcpy(settings.identity.secret, secret,
		       settings.identity.secret_len);
		settings.retries = 2;
		api_change(&api, CALL_DELETE, &id, &result);
		assert_row(secret, result.err.code == ERR_REQUEST);
		assert_row(secret, result.outcome == OUTCOME_INVALID);
		assert_row(secret, result.status == 2);
		assert_row(secret, result.attempts == 1);
	}
}

static void the_secret_does_not_stay_in_the_request(void **state)
{
	static const struct peer_turn turns[][2] = { { DONE }, { LOST } };
	struct peer peer;

	(void)state;
	for (size_t i = 0; i < COUNT(turns); i++) {
		peer_start(&peer, turns[i], 1);
		begin(peer.port);
		api_change(&api, CALL_DELETE, &id, &result);
		client_close(&api.client);
		peer_stop(&peer);
		for (size_t k = 0; k < sizeof(api.request); k++)
			assert_int_equal(api.request[k], 0);
	}
}

/* --- Revocation --- */

static const struct row revocations[] = {
	{ "a record",
	  { DONE },
	  OUTCOME_REVOKED,
	  0,
	  ERR_NONE,
	  .http = 200,
	  .has_record = true },
	{ "no content",
	  { { .say = "HTTP/1.1 204 R\r\n\r\n" } },
	  OUTCOME_REVOKED,
	  0,
	  ERR_NONE,
	  .http = 204 },
	{ "torn",
	  { SAY("200", JSON CHUNKED, "3a\r\n" RECORD) },
	  OUTCOME_REVOKED,
	  8,
	  ERR_UNREAD,
	  .http = 200,
	  .retries = 2 },
	{ "another token",
	  { SAY("200", JSON, "{\"id\":\"" OTHER "\"}") },
	  OUTCOME_UNKNOWN,
	  6,
	  ERR_OTHER_TOKEN,
	  .http = 200 },
	{ "missing", { GONE }, OUTCOME_MISSING, 4, ERR_MISSING, .http = 404 },
	{ "missing, which is well",
	  { GONE },
	  OUTCOME_MISSING,
	  0,
	  ERR_NONE,
	  .http = 404,
	  .missing_is_done = true },
	{ "405",
	  { SAY("405", JSON, "{}") },
	  OUTCOME_REFUSED,
	  1,
	  ERR_REFUSED,
	  .http = 405 },
	{ "503, then done",
	  { AGAIN("503"), DONE },
	  OUTCOME_REVOKED,
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 1,
	  .has_record = true },
};

static void a_revocation_has_its_outcome(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(revocations); i++)
		play(&revocations[i], VERB_REVOKE);
}

static void a_revocation_is_these_bytes(void **state)
{
	static const struct peer_turn turn = DONE;
	struct peer peer;
	char want[1024];

	(void)state;
	peer_start(&peer, &turn, 1);
	begin(peer.port);
	set_scope(&settings.identity.workspace);
	api_change(&api, CALL_REVOKE, &id, &result);
	client_close(&api.client);
	peer_stop(&peer);
	snprintf(want, sizeof(want),
	         "POST " PATH "/revocation HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
	         "User-Agent: patrm/test\r\nAccept: "
	         "application/json\r\nAccept-Encoding: identity\r\n"
	         "X-API-Key: key\r\nX-Tenant-Id: " OTHER "\r\n"
	         "Content-Length: 0\r\n\r\n",
	         peer.port);
	assert_span("request", peer_requests(&peer), span_of(want));
}

/* --- Unanswered --- */

static const struct {
	const char *label;
	struct peer_turn turn;
	bool unanswered;
} ways[] = {
	{ "408", AGAIN("408"), true },
	{ "500", AGAIN("500"), true },
	{ "502", AGAIN("502"), true },
	{ "503", AGAIN("503"), true },
	{ "504", AGAIN("504"), true },
	{ "524", AGAIN("524"), true },
	{ "no answer in time", { .end = PEER_HANGS }, true },
	{ "closed", LOST, true },
	{ "reset", { .end = PEER_RESETS }, true },
	{ "a head that breaks off",
	  { .say = "HTTP/1.1 404 R\r\n", .end = PEER_CLOSES },
	  true },
	/* Whatever is said of it, it is said. */
	{ "404", GONE, false },
	{ "429", AGAIN("429"), false },
	{ "403", SAY("403", JSON, "{}"), false },
	{ "202", SAY("202", JSON, "{}"), false },
	{ "done", DONE, false },
	{ "a page", SAY("200", "", "<html>"), false },
};

static void an_answer_that_is_none_is_remembered(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct peer peer;

		peer_start(&peer, &ways[i].turn, 1);
		begin(peer.port);
		settings.timeout = 300;
		api_change(&api, CALL_DELETE, &id, &result);
		client_close(&api.client);
		peer_stop(&peer);
		assert_row(ways[i].label,
		           result.unanswered == ways[i].unanswered);
	}
}

/* What was not sent needs no answer. */
static void nothing_sent_is_not_unanswered(void **state)
{
	(void)state;
	begin(peer_free_port());
	api_change(&api, CALL_DELETE, &id, &result);
	assert_int_equal(result.status, 5);
	assert_false(result.unanswered);
}

/* A later answer does not take back what an earlier one left open. */
static void a_later_answer_does_not_end_it(void **state)
{
	static const struct {
		struct peer_turn turns[2];
		bool missing_is_done, unanswered;
		enum outcome outcome;
	} rows[] = {
		{ { AGAIN("504"), GONE }, false, true, OUTCOME_UNKNOWN },
		{ { AGAIN("503"), GONE }, true, true, OUTCOME_MISSING },
		{ { AGAIN("503"), DONE }, false, true, OUTCOME_DELETED },
		{ { AGAIN("429"), GONE }, false, false, OUTCOME_MISSING },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct peer peer;

		peer_start(&peer, rows[i].turns, 2);
		begin(peer.port);
		settings.retries = 1;
		settings.missing_is_done = rows[i].missing_is_done;
		api_change(&api, CALL_DELETE, &id, &result);
		client_close(&api.client);
		peer_stop(&peer);
		assert_int_equal(result.outcome, rows[i].outcome);
		assert_int_equal(result.unanswered, rows[i].unanswered);
	}
}

/* --- Secrets --- */

#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"
#define STARS43 "*******************************************"

/* The server has the key, and may say it again. */
static void no_secret_is_left_in_what_the_server_says(void **state)
{
	static const struct {
		const char *label;
		struct peer_turn turn;
		const char *body;
		bool has_record;
	} rows[] = {
		{ "an error",
		  SAY("403", JSON, "{\"detail\":\"bad key a\\\"s3cr3t\"}"),
		  "{\"detail\":\"bad key *********\"}", false },
		{ "a page", SAY("502", "", "<p>a\"s3cr3t</p>"),
		  "<p>********</p>", false },
		{ "a record",
		  SAY("200", JSON,
		      "{\"id\":\"" ID "\",\"description\":\""
		      "a\\\"s3cr\\u0033t\"}"),
		  "{\"id\":\"" ID "\",\"description\":\"**************\"}",
		  true },
		{ "another's",
		  SAY("200", JSON,
		      "{\"id\":\"" ID "\",\"description\":\"" SECRET
		      "\",\"short_key\":\"lsv2_pt_0123\"}"),
		  "{\"id\":\"" ID "\",\"description\":\"lsv2_pt_" STARS43
		  "\",\"short_key\":\"lsv2_pt_0123\"}",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct api_identity *who = &settings.identity;
		struct peer peer;

		peer_start(&peer, &rows[i].turn, 1);
		begin(peer.port);
		memcpy(who->secret, "a\"s3cr3t", 8);
		who->secret_len = 8;
		api_change(&api, CALL_DELETE, &id, &result);
		client_close(&api.client);
		peer_stop(&peer);
		assert_span(rows[i].label, result.body, span_of(rows[i].body));
		assert_row(rows[i].label,
		           result.has_record == rows[i].has_record);
	}
}

/* --- Keys --- */

static const struct {
	const char *label;
	struct peer_turn turn;
	bool refused;
} tries[] = {
	{ "200", SAY("200", JSON, "[]"), false },
	{ "a torn list", SAY("200", JSON "Content-Length: 9\r\n", "[{"),
	  false },
	{ "401", SAY("401", JSON, "{}"), true },
	{ "403", SAY("403", JSON, "{}"), true },
	{ "204", SAY("204", "", ""), false },
	{ "302", SAY("302", "Location: /x\r\n", ""), false },
	{ "404", GONE, false },
	{ "429", AGAIN("429"), false },
	{ "500", AGAIN("500"), false },
	{ "lost", LOST, false },
	{ "no HTTP", { .say = "hello\r\n", .end = PEER_CLOSES }, false },
	{ "silence", { .end = PEER_HANGS }, false },
};

/* Once, with that key alone: the workspace may not be its own. */
static void a_key_is_refused_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tries); i++) {
		bool refused;
		struct peer peer;
		char want[512];

		peer_start(&peer, &tries[i].turn, 1);
		begin(peer.port);
		settings.retries = 9;
		settings.identity.bearer = true;
		set_scope(&settings.identity.organization);
		set_scope(&settings.identity.workspace);
		refused =
			api_refuses_key(&api, SPAN("other"), deadline_in(300));
		client_close(&api.client);
		peer_stop(&peer);
		snprintf(want, sizeof(want),
		         "GET /api/v1/orgs/current/personal-access-tokens "
		         "HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		         "User-Agent: patrm/test\r\n"
		         "Accept: application/json\r\nAccept-Encoding: "
		         "identity\r\nX-API-Key: other\r\n"
		         "X-Organization-Id: " OTHER "\r\n\r\n",
		         peer.port);
		assert_row(tries[i].label, refused == tries[i].refused);
		assert_span(tries[i].label, peer_requests(&peer),
		            span_of(want));
	}
	begin(peer_free_port());
	assert_false(api_refuses_key(&api, SPAN("key"), deadline_in(300)));
}

/* --- Messages --- */

static const struct {
	const char *body, *message;
} messages[] = {
	{ "", "" },
	{ " \r\n\t", "" },
	/* the shapes that are known, and their order */
	{ "{\"detail\":\"Invalid token\"}", ": Invalid token" },
	{ "{\"error\":\"Forbidden\"}", ": Forbidden" },
	{ "{\"message\":\"m\"}", ": m" },
	{ "{\"error_description\":\"d\"}", ": d" },
	{ "{\"error\":\"e\",\"error_description\":\"d\"}", ": d" },
	{ "{\"error\":\"e\",\"error_description\":\"d\",\"message\":\"m\"}",
	  ": m" },
	{ "{\"error\":\"e\",\"message\":\"m\",\"detail\":\"a\"}", ": a" },
	{ "{\"detail\":null,\"message\":null,\"error\":\"e\"}", ": e" },
	{ "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
	  "\"detail\":\"no\"}",
	  ": no" },
	{ "{\"detail\":{\"error\":\"e\"}}", ": e" },
	{ "{\"detail\":{\"message\":\"m\"}}", ": m" },
	{ "{\"detail\":{\"message\":\"m\",\"error\":\"e\"}}", ": e" },
	{ "{\"detail\":{\"code\":7}}", ": {\"code\":7}" },
	{ "{\"detail\":[\"a\",\"b\"]}", ": a; b" },
	{ "{\"detail\":[]}", ": " },
	{ "{\"detail\":[7,null,{\"x\":1}]}", ": 7; null; {\"x\":1}" },
	{ "{\"detail\":7}", ": 7" },
	/* HTTPValidationError */
	{ "{\"detail\":[{\"loc\":[\"path\",\"pat_id\"],\"msg\":\"no uuid\","
	  "\"type\":\"uuid_parsing\"}]}",
	  ": path.pat_id: no uuid (uuid_parsing)" },
	{ "{\"detail\":[{\"loc\":[\"body\",0,\"x\"],\"msg\":\"a\","
	  "\"type\":\"t\"},{\"loc\":[],\"msg\":\"b\",\"type\":\"u\"}]}",
	  ": body.0.x: a (t); : b (u)" },
	{ "{\"detail\":[{\"msg\":\"a\"},{\"msg\":\"b\",\"loc\":7}]}",
	  ": a; b" },
	{ "{\"detail\":[{\"loc\":[\"a\"],\"msg\":null,\"type\":null}]}",
	  ": {\"loc\":[\"a\"],\"msg\":null,\"type\":null}" },
	/* escapes and what a terminal must not get */
	{ "{\"detail\":\"a\\n\\u001b[2J\\ud83d\\ude00\\u202e\"}",
	  ": a\\u{a}\\u{1b}[2J\xf0\x9f\x98\x80\\u{202e}" },
	{ "{\"d\\u0065tail\":\"a\"}", ": a" },
	/* anything else is shown as it begins */
	{ "{\"other\":1}", ": {\"other\":1}" },
	{ "[1]", ": [1]" },
	{ "\"text\"", ": \"text\"" },
	{ "{\"detail\":\"a\",\"detail\":\"b\"}",
	  ": {\"detail\":\"a\",\"detail\":\"b\"}" },
	{ "{\"detail\":\"to", ": {\"detail\":\"to" },
	{ "<html>\r\n<h1>502\tBad</h1>\n", ": <html>  <h1>502 Bad</h1>" },
	{ "a\x1b[2J\xff\x80", ": a\\u{1b}[2J\xef\xbf\xbd\xef\xbf\xbd" },
};

static void the_message_is_found_in_every_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		uint8_t room[512];
		struct buf out = BUF_OVER(room);

		api_put_message(&out, span_of(messages[i].body), api.tokens,
		                fmt_printable_char);
		assert_span(messages[i].body, buf_written(&out),
		            span_of(messages[i].message));
	}
}

static void only_the_beginning_of_a_page_is_shown(void **state)
{
	static uint8_t page[5000];
	uint8_t room[512];
	struct buf out = BUF_OVER(room);

	(void)state;
	memset(page, 'x', sizeof(page));
	api_put_message(&out, (struct span){ page, sizeof(page) }, api.tokens,
	                fmt_printable_char);
	assert_int_equal(out.len, 202);
}

/* The same characters by another writer. */
static void a_message_is_escaped_for_json(void **state)
{
	const struct span body =
		SPAN("{\"detail\":\"\\\"\\\\\\u00e4\\ud83d\\ude00\"}");
	uint8_t room[64];
	struct buf out = BUF_OVER(room);

	(void)state;
	api_put_message(&out, body, api.tokens, fmt_json_char);
	assert_span("message", buf_written(&out),
	            SPAN(": \\\"\\\\\\u00e4\\ud83d\\ude00"));
}

/* What becomes of a deletion with that one answer. */
static void answer(const struct peer_turn *turn, int64_t expired,
                   struct span headers)
{
	struct peer peer;

	peer_start(&peer, turn, 1);
	begin(peer.port);
	settings.identity.expired = expired;
	settings.headers = headers;
	api_change(&api, CALL_DELETE, &id, &result);
	client_close(&api.client);
	peer_stop(&peer);
}

static void an_error_says_what_is_asked_for(void **state)
{
	static const struct {
		struct peer_turn turn;
		const char *detail;
	} rows[] = {
		{ SAY("409", JSON "X-Should-Retry: TRUE\r\n", "{}"),
		  "HTTP status 409, asks to be tried again" },
		{ SAY("409", JSON "X-Should-Retry: 1\r\n", "{}"),
		  "HTTP status 409" },
		{ SAY("503",
		      JSON "X-Should-Retry: false\r\nRetry-After: 2.5\r\n",
		      "{}"),
		  "HTTP status 503, asks to wait 3 s, asks not to be tried "
		  "again" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		answer(&rows[i].turn, 0, SPAN(""));
		assert_span(rows[i].detail,
		            (struct span){ result.err.detail,
		                           result.err.detail_len },
		            span_of(rows[i].detail));
	}
}

static void a_login_that_has_expired_says_so(void **state)
{
	static const struct peer_turn refusals[] = { SAY("401", JSON, "{}"),
		                                     SAY("403", JSON, "{}") },
				      other = SAY("404", JSON, "{}");

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		answer(&refusals[i], 1, SPAN(""));
		assert_int_equal(result.err.code, ERR_LOGIN);
		assert_int_equal(result.status, 3);
		assert_true(detail_has(&result.err, "1970-01-01T00:00:01Z, "
		                                    "HTTP status 40"));
		answer(&refusals[i], 0, SPAN(""));
		assert_int_equal(result.err.code, ERR_FORBIDDEN);
	}
	answer(&other, 1, SPAN(""));
	assert_int_equal(result.err.code, ERR_MISSING);
}

/* What a gateway says of what it got is not for everybody to read. */
static void values_of_headers_are_hidden(void **state)
{
	static const struct peer_turn turn = SAY(
		"403", JSON,
		"{\"detail\":\"not s3cret: 1, nor an\\u006fther, but ab\"}");
	uint8_t room[64];
	struct buf out = BUF_OVER(room);

	(void)state;
	answer(&turn, 0, SPAN("A: s3cret: 1\r\nB: another\r\nShort: ab\r\n"));
	api_put_message(&out, result.body, api.tokens, fmt_printable_char);
	assert_span("message", buf_written(&out),
	            SPAN(": not *********, nor ************, but ab"));
}

/* Through the wire: the message of a server's error, in the sentence. */
static void an_error_says_how_long_to_wait(void **state)
{
	static const struct peer_turn turn =
		SAY("429", JSON "Retry-After: 7\r\n", "{\"detail\":\"slow\"}");
	uint8_t room[64];
	struct buf out = BUF_OVER(room);

	(void)state;
	answer(&turn, 0, SPAN(""));
	assert_true(detail_has(&result.err, "429, asks to wait 7 s"));
	api_put_message(&out, result.body, api.tokens, fmt_printable_char);
	assert_span("message", buf_written(&out), SPAN(": slow"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_has_its_outcome),
		cmocka_unit_test(answers_that_may_pass_come_again),
		cmocka_unit_test(a_lost_answer_is_asked_for_again),
		cmocka_unit_test(what_follows_a_lost_answer),
		cmocka_unit_test(nobody_there_is_unreachable),
		cmocka_unit_test(waits_end_before_the_deadline),
		cmocka_unit_test(a_wait_that_is_asked_for_is_waited),
		cmocka_unit_test(silence_ends_with_the_timeout),
		cmocka_unit_test(the_request_is_these_bytes),
		cmocka_unit_test(the_longest_request_fits),
		cmocka_unit_test(a_request_that_is_none_is_not_sent),
		cmocka_unit_test(the_secret_does_not_stay_in_the_request),
		cmocka_unit_test(a_revocation_has_its_outcome),
		cmocka_unit_test(a_revocation_is_these_bytes),
		cmocka_unit_test(an_answer_that_is_none_is_remembered),
		cmocka_unit_test(nothing_sent_is_not_unanswered),
		cmocka_unit_test(a_later_answer_does_not_end_it),
		cmocka_unit_test(no_secret_is_left_in_what_the_server_says),
		cmocka_unit_test(a_key_is_refused_or_not),
		cmocka_unit_test(the_message_is_found_in_every_shape),
		cmocka_unit_test(only_the_beginning_of_a_page_is_shown),
		cmocka_unit_test(a_message_is_escaped_for_json),
		cmocka_unit_test(an_error_says_how_long_to_wait),
		cmocka_unit_test(an_error_says_what_is_asked_for),
		cmocka_unit_test(a_login_that_has_expired_says_so),
		cmocka_unit_test(values_of_headers_are_hidden),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("langsmith/api", tests, NULL, NULL);
}
