/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/list: what is seen of a list, and what its end means. */
/* links: tests/net/peer.c tests/langsmith/fixture.c */
#include "langsmith/list.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fmt.h"
#include "langsmith/fixture.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define OTHER "11111111-2222-4333-8444-555555555555"
#define PATH "/api/v1/orgs/current/"
#define A "{\"id\":\"" ID "\",\"description\":\"d\"}"
#define B "{\"id\":\"" OTHER "\"}"

/* Torn behind `body`, and to come again at once. */
#define TORN(body) \
	SAY("200", JSON "Retry-After: 0\r\nContent-Length: 999\r\n", body)
#define TURNS_MAX 3

static struct result result;

/* What was seen: a letter for each token, and | where it began. */
struct watcher {
	struct list_reader reader;
	size_t len;
	char seen[64];
};

static struct watcher watcher;

static void note(void *context, char what)
{
	struct watcher *w = context;

	assert_true(w->len < sizeof(w->seen) - 1);
	w->seen[w->len++] = what;
}

static void note_begin(void *context)
{
	note(context, '|');
}

static void note_token(void *context, const struct list_record *record)
{
	struct uuid a, b;

	assert_true(uuid_parse(SPAN(ID), &a));
	assert_true(uuid_parse(SPAN(OTHER), &b));
	assert_true(json_is_object(record->json, 0));
	assert_true(json_member(record->json, 0, "id") != JSON_NONE);
	note(context, uuid_equal(&record->id, &a)   ? 'A'
	              : uuid_equal(&record->id, &b) ? 'B'
	                                            : '?');
}

static void watch(bool once)
{
	memset(&watcher, 0, sizeof(watcher));
	watcher.reader = (struct list_reader){ note_begin, note_token, &watcher,
		                               NULL, once };
}

/* Nothing but their number. */
static void count_token(void *context, const struct list_record *record)
{
	(void)record;
	((struct watcher *)context)->len++;
}

static void count_nothing(void *context)
{
	((struct watcher *)context)->len = 0;
}

static void count_tokens(void)
{
	watcher.reader = (struct list_reader){ count_nothing, count_token,
		                               &watcher, NULL, false };
}

static const struct row {
	const char *label;
	struct peer_turn turns[TURNS_MAX];
	const char *seen;
	enum exit_status status;
	enum err_code code;
	unsigned http, retries;
	bool once;
} rows[] = {
	/* whole ones */
	{ "empty", { LIST("") }, "|", 0, ERR_NONE, .http = 200 },
	{ "one", { LIST(A) }, "|A", 0, ERR_NONE, .http = 200 },
	{ "two, and white space",
	  { SAY("200", JSON, " [ " A " ,\r\n\t" B " ] \n") },
	  "|AB",
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 2 },
	{ "one twice", { LIST(A "," A) }, "|AA", 0, ERR_NONE, .http = 200 },
	{ "in chunks",
	  { SAY("200", JSON CHUNKED,
	        "1\r\n[\r\n7\r\n{\"id\":\"\r\n24\r\n" ID
	        "\r\n2\r\n\"}\r\n1\r\n]\r\n0\r\n\r\n") },
	  "|A",
	  0,
	  ERR_NONE,
	  .http = 200 },
	{ "byte by byte",
	  { { .say = "HTTP/1.1 200 R\r\n" JSON "\r\n[" A "," B "]",
	      .end = PEER_CLOSES,
	      .bytewise = true } },
	  "|AB",
	  0,
	  ERR_NONE,
	  .http = 200 },
	/* torn ones, whose tokens were seen */
	{ "torn", { TORN("[" A "," B) }, "|AB", 1, ERR_LIST_TORN, .http = 200 },
	{ "torn before its end",
	  { TORN("[" A) },
	  "|A",
	  1,
	  ERR_LIST_TORN,
	  .http = 200 },
	{ "torn before anything",
	  { TORN("") },
	  "|",
	  1,
	  ERR_LIST_TORN,
	  .http = 200 },
	{ "torn behind its end",
	  { TORN("[" A "]") },
	  "|A",
	  1,
	  ERR_LIST_TORN,
	  .http = 200 },
	{ "torn, then whole",
	  { TORN("[" A "," A), LIST(A "," B) },
	  "|AA|AB",
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 1 },
	{ "torn, then torn",
	  { TORN("[" A ","), TORN("[" B ",") },
	  "|A|B",
	  1,
	  ERR_LIST_TORN,
	  .http = 200,
	  .retries = 1 },
	{ "torn, then forbidden",
	  { TORN("[" A ","), SAY("403", JSON, "{}") },
	  "|A|",
	  3,
	  ERR_FORBIDDEN,
	  .http = 403,
	  .retries = 2 },
	{ "skipped and torn, then whole",
	  { TORN("[7,"), LIST(A) },
	  "||A",
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 1 },
	/* what was seen counts */
	{ "once, torn",
	  { TORN("[" A ",") },
	  "|A",
	  1,
	  ERR_LIST_TORN,
	  .http = 200,
	  .retries = 2,
	  .once = true },
	{ "once, nothing yet",
	  { TORN("["), LIST(A) },
	  "||A",
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 2,
	  .once = true },
	{ "once, 503",
	  { AGAIN("503"), LIST(A) },
	  "||A",
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 2,
	  .once = true },
	/* elements that are no tokens; the rest is seen */
	{ "no id",
	  { LIST("{\"a\":1}," A) },
	  "|A",
	  1,
	  ERR_LIST_ELEMENT,
	  .http = 200,
	  .retries = 2 },
	{ "an id that is none",
	  { LIST("{\"id\":\"7\"}," A) },
	  "|A",
	  1,
	  ERR_LIST_ELEMENT,
	  .http = 200 },
	{ "two ids",
	  { LIST(A ",{\"id\":\"" ID "\",\"\\u0069d\":\"" ID "\"}") },
	  "|A",
	  1,
	  ERR_LIST_ELEMENT,
	  .http = 200 },
	{ "one name twice",
	  { LIST(A ",{\"id\":\"" ID "\",\"a\":1,\"a\":2}," B) },
	  "|AB",
	  1,
	  ERR_LIST_ELEMENT,
	  .http = 200 },
	{ "a string",
	  { LIST("\"" ID "\"," A) },
	  "|A",
	  1,
	  ERR_LIST_ELEMENT,
	  .http = 200 },
	{ "null", { LIST("null," A) }, "|A", 1, ERR_LIST_ELEMENT, .http = 200 },
	{ "a list",
	  { LIST("[" A "]," B) },
	  "|B",
	  1,
	  ERR_LIST_ELEMENT,
	  .http = 200 },
	/* what is no list */
	{ "an object",
	  { SAY("200", JSON, "{\"id\":\"" ID "\"}") },
	  "|",
	  1,
	  ERR_LIST_FORM,
	  .http = 200,
	  .retries = 2 },
	{ "nothing",
	  { SAY("200", JSON, "") },
	  "|",
	  1,
	  ERR_LIST_FORM,
	  .http = 200,
	  .retries = 2 },
	{ "half, as a whole",
	  { SAY("200", JSON, "[" A ",") },
	  "|A",
	  1,
	  ERR_LIST_FORM,
	  .http = 200 },
	{ "no JSON",
	  { SAY("200", JSON, "[" A ",}") },
	  "|A",
	  1,
	  ERR_LIST_FORM,
	  .http = 200 },
	{ "garbage behind",
	  { SAY("200", JSON, "[" A "]x") },
	  "|A",
	  1,
	  ERR_LIST_FORM,
	  .http = 200 },
	{ "two lists", { LIST(A "][") }, "|A", 1, ERR_LIST_FORM, .http = 200 },
	{ "a web page",
	  { SAY("200", "Content-Type: text/html\r\n", "<html>") },
	  "|",
	  1,
	  ERR_LIST_FORM,
	  .http = 200,
	  .retries = 2 },
	{ "a list that is no JSON by its type",
	  { SAY("200", "Content-Type: text/plain\r\n", "[" A "]") },
	  "|",
	  1,
	  ERR_LIST_FORM,
	  .http = 200 },
	{ "compressed",
	  { SAY("200", JSON "Content-Encoding: gzip\r\n", "\x1f\x8b") },
	  "|",
	  1,
	  ERR_LIST_ENCODED,
	  .http = 200 },
	{ "compressed, as it says",
	  { SAY("200", JSON "Content-Encoding: gzip\r\n", "[" A "]") },
	  "|",
	  1,
	  ERR_LIST_ENCODED,
	  .http = 200 },
	{ "201",
	  { SAY("201", JSON, "[]") },
	  "|",
	  1,
	  ERR_LIST_FORM,
	  .http = 201 },
	{ "204", { SAY("204", "", "") }, "|", 1, ERR_LIST_FORM, .http = 204 },
	/* other answers */
	{ "307",
	  { SAY("307", "Location: /x\r\n", "") },
	  "|",
	  1,
	  ERR_REDIRECT,
	  .http = 307,
	  .retries = 2 },
	{ "400", { SAY("400", JSON, "{}") }, "|", 1, ERR_REFUSED, .http = 400 },
	{ "401",
	  { SAY("401", JSON, "{}") },
	  "|",
	  3,
	  ERR_FORBIDDEN,
	  .http = 401,
	  .retries = 2 },
	{ "403",
	  { SAY("403", JSON, "[" A "]") },
	  "|",
	  3,
	  ERR_FORBIDDEN,
	  .http = 403 },
	{ "404", { SAY("404", JSON, "{}") }, "|", 1, ERR_NO_LIST, .http = 404 },
	{ "405", { SAY("405", JSON, "{}") }, "|", 1, ERR_NO_LIST, .http = 405 },
	{ "429", { AGAIN("429") }, "|", 7, ERR_RATE, .http = 429 },
	{ "429, then whole",
	  { AGAIN("429"), LIST(A) },
	  "||A",
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 1 },
	{ "500", { AGAIN("500") }, "|", 1, ERR_SERVER, .http = 500 },
	{ "500, then 503, then whole",
	  { AGAIN("500"), AGAIN("503"), LIST("") },
	  "|||",
	  0,
	  ERR_NONE,
	  .http = 200,
	  .retries = 2 },
	/* no answer; a list that was asked for does no harm */
	{ "lost", { { .end = PEER_CLOSES } }, "|", 1, ERR_HTTP, .http = 0 },
	{ "reset", { { .end = PEER_RESETS } }, "|", 1, ERR_RECEIVE, .http = 0 },
	{ "no HTTP",
	  { { .say = "hello\r\n", .end = PEER_CLOSES } },
	  "|",
	  1,
	  ERR_HTTP,
	  .http = 0 },
};

static enum outcome outcome_of(enum exit_status status)
{
	return status == 0   ? OUTCOME_NONE
	       : status == 3 ? OUTCOME_FORBIDDEN
	       : status == 7 ? OUTCOME_RATE_LIMITED
	                     : OUTCOME_REFUSED;
}

static void play(const struct row *row)
{
	struct peer peer;
	size_t count = count_turns(row->turns, TURNS_MAX);

	peer_start(&peer, row->turns, count);
	begin_api(peer.port);
	settings.retries = row->retries;
	watch(row->once);
	list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000), &result);
	client_close(&api.client);
	peer_stop(&peer);
	assert_span(row->label, span_of(watcher.seen), span_of(row->seen));
	assert_row(row->label, result.status == row->status);
	assert_row(row->label, result.outcome == outcome_of(row->status));
	assert_row(row->label, result.err.code == row->code);
	assert_row(row->label, result.http == row->http);
	assert_row(row->label, result.attempts == count);
	assert_row(row->label, peer.log->requests == count);
}

static void each_list_is_seen_and_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		play(&rows[i]);
}

/* One token's element is too large, by its values or by its bytes. */
static void a_large_element_is_passed_over(void **state)
{
	static char say[BODY_MAX + 4096];
	struct peer_turn turn = { .say = say, .end = PEER_CLOSES };
	struct peer peer;

	(void)state;
	for (int by_bytes = 0; by_bytes < 2; by_bytes++) {
		int len = snprintf(say, sizeof(say),
		                   "HTTP/1.1 200 R\r\n" JSON "\r\n[" A
		                   ",{\"id\":\"" ID "\",\"x\":[\"");
		size_t at = (size_t)len;

		if (by_bytes) {
			memset(say + at, 'x', BODY_MAX);
			at += BODY_MAX;
		} else {
			for (size_t i = 0; i < JSON_TOKENS_MAX; i++, at += 3)
				memcpy(say + at, "\",\"", 3);
		}
		snprintf(say + at, sizeof(say) - at, "\"]}," B "]");
		peer_start(&peer, &turn, 1);
		begin_api(peer.port);
		watch(false);
		list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000),
		          &result);
		client_close(&api.client);
		peer_stop(&peer);
		assert_string_equal(watcher.seen, "|AB");
		assert_int_equal(result.status, 1);
		assert_int_equal(result.err.code, ERR_LIST_ELEMENT);
		assert_span("detail",
		            (struct span){ result.err.detail,
		                           result.err.detail_len },
		            SPAN("number 2 is too large"));
	}
}

/* Which one is told: the first of the attempt that was the last. */
static void the_first_that_is_no_token_is_named(void **state)
{
	static const struct {
		struct peer_turn turns[2];
		const char *detail;
	} cases[] = {
		{ { LIST(A ",7," B ",null") }, "number 2 is no token" },
		{ { TORN("[7," A ","), LIST(A "," B ",\"\"") },
		  "number 3 is no token" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct peer peer;

		peer_start(&peer, cases[i].turns, i + 1);
		begin_api(peer.port);
		settings.retries = 1;
		watch(false);
		list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000),
		          &result);
		client_close(&api.client);
		peer_stop(&peer);
		assert_int_equal(result.err.code, ERR_LIST_ELEMENT);
		assert_span("detail",
		            (struct span){ result.err.detail,
		                           result.err.detail_len },
		            span_of(cases[i].detail));
	}
}

/* In the memory of one: twice as many bytes as a body may have. */
static void a_list_may_be_longer_than_a_body(void **state)
{
	static char say[2 * BODY_MAX + 4096];
	const struct peer_turn turn = { .say = say, .end = PEER_CLOSES };
	struct peer peer;
	size_t at, count = 1;

	(void)state;
	at = (size_t)snprintf(say, sizeof(say),
	                      "HTTP/1.1 200 R\r\n" JSON "\r\n[" A);
	for (; at < 2 * BODY_MAX; count++)
		at += (size_t)snprintf(say + at, sizeof(say) - at, "," B);
	snprintf(say + at, sizeof(say) - at, "]");
	peer_start(&peer, &turn, 1);
	begin_api(peer.port);
	count_tokens();
	list_read(&api, LIST_OWN, &watcher.reader, deadline_in(9000), &result);
	client_close(&api.client);
	peer_stop(&peer);
	assert_int_equal(result.status, 0);
	assert_int_equal(watcher.len, count);
}

/* --- Time --- */

static void silence_ends_with_the_deadline(void **state)
{
	static const struct {
		const char *label, *say, *seen;
		enum err_code code;
	} waits[] = {
		{ "no answer", NULL, "|", ERR_DEADLINE },
		{ "half a list", "HTTP/1.1 200 R\r\n" JSON "\r\n[" A ",", "|A",
		  ERR_LIST_TORN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		const struct peer_turn turn = { .say = waits[i].say,
			                        .end = PEER_HANGS };
		struct peer peer;

		peer_start(&peer, &turn, 1);
		begin_api(peer.port);
		settings.retries = 9;
		watch(false);
		list_read(&api, LIST_OWN, &watcher.reader, deadline_in(100),
		          &result);
		client_close(&api.client);
		peer_stop(&peer);
		assert_row(waits[i].label, result.err.code == waits[i].code);
		assert_row(waits[i].label, result.status == 1);
		assert_row(waits[i].label, result.attempts == 1);
		assert_span(waits[i].label, span_of(watcher.seen),
		            span_of(waits[i].seen));
	}
}

static void nobody_there_is_unreachable(void **state)
{
	(void)state;
	begin_api(peer_free_port());
	watch(true);
	list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000), &result);
	assert_int_equal(result.status, 5);
	assert_int_equal(result.outcome, OUTCOME_UNREACHABLE);
	assert_int_equal(result.err.code, ERR_CONNECT);
	assert_string_equal(watcher.seen, "|");
}

/* Stopped while half of the list is there: not torn, but not tried. */
static int be_stopped(void)
{
	static const struct peer_turn turn = { .say = "HTTP/1.1 200 R\r\n" JSON
		                                      "\r\n[" A ",",
		                               .end = PEER_HANGS };
	pid_t parent = getpid();
	struct peer peer;

	wait_setup();
	peer_start(&peer, &turn, 1);
	begin_api(peer.port);
	if (fork() == 0) {
		usleep(200000);
		kill(parent, SIGTERM);
		_exit(0);
	}
	settings.retries = 9;
	watch(false);
	list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000), &result);
	client_close(&api.client);
	peer_stop(&peer);
	return strcmp(watcher.seen, "|A") == 0 &&
	                       result.err.code == ERR_SIGNAL &&
	                       result.outcome == OUTCOME_NOT_TRIED &&
	                       result.status == 5 && result.attempts == 1
	               ? 0
	               : 1;
}

static void a_signal_ends_the_list(void **state)
{
	(void)state;
	assert_int_equal(in_child(be_stopped), 0);
}

/* --- Requests and errors --- */

static void each_list_has_its_request(void **state)
{
	static const char *const targets[] = {
		[LIST_OWN] = PATH "personal-access-tokens",
		[LIST_MEMBERS] = PATH "members/personal-access-tokens",
		[LIST_SERVICE] = PATH "service-keys",
	};
	static const struct peer_turn turn = LIST("");

	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct peer peer;
		char want[512];

		peer_start(&peer, &turn, 1);
		begin_api(peer.port);
		watch(false);
		list_read(&api, (enum list_whose)i, &watcher.reader,
		          deadline_in(5000), &result);
		client_close(&api.client);
		peer_stop(&peer);
		snprintf(want, sizeof(want),
		         "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		         "User-Agent: patrm/test\r\n"
		         "Accept: application/json\r\nAccept-Encoding: "
		         "identity\r\n"
		         "X-API-Key: key\r\n\r\n",
		         targets[i], peer.port);
		assert_span(targets[i], peer_requests(&peer), span_of(want));
	}
}

/* What the server says of an error is kept; of a list nothing is. */
static void an_error_has_its_body(void **state)
{
	static const struct peer_turn error =
		SAY("403", JSON, "{\"detail\":\"no\"}");
	static const struct peer_turn torn = TORN("[" A ",{\"id\"");
	struct peer peer;

	(void)state;
	peer_start(&peer, &error, 1);
	begin_api(peer.port);
	watch(false);
	list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000), &result);
	client_close(&api.client);
	peer_stop(&peer);
	assert_span("body", result.body, SPAN("{\"detail\":\"no\"}"));
	peer_start(&peer, &torn, 1);
	begin_api(peer.port);
	watch(false);
	list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000), &result);
	client_close(&api.client);
	peer_stop(&peer);
	assert_int_equal(result.body.len, 0);
}

static void look_for_secrets(void *context, const struct list_record *record)
{
	const struct span text = record->json->text;

	assert_null(memmem(text.at, text.len, "s3cr3t", 6));
	assert_null(memmem(text.at, text.len, "9abcdef0", 8));
	assert_non_null(memmem(text.at, text.len, "***", 3));
	((struct watcher *)context)->len++;
}

/* Each token of it, and what is said where there is none. */
static void no_secret_is_left_in_a_list(void **state)
{
	static const struct peer_turn turns[] = {
		LIST("{\"id\":\"" ID "\",\"description\":\"s3cr3t\"},"
		     "{\"s3cr3t\":1,\"id\":\"" ID "\"},{\"id\":\"" ID
		     "\",\"x\":[\"lsv2_pt_0123456789abcdef0\"]}"),
		SAY("403", JSON, "{\"detail\":\"s3cr3t\"}"),
	};
	struct peer peer;

	(void)state;
	for (size_t i = 0; i < COUNT(turns); i++) {
		peer_start(&peer, &turns[i], 1);
		begin_api(peer.port);
		memcpy(settings.identity.secret, "s3cr3t", 6);
		settings.identity.secret_len = 6;
		watch(false);
		watcher.reader.on_start = NULL;
		watcher.reader.on_record = look_for_secrets;
		list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000),
		          &result);
		client_close(&api.client);
		peer_stop(&peer);
		assert_int_equal(watcher.len, i == 0 ? 3 : 0);
	}
	assert_span("body", result.body, SPAN("{\"detail\":\"******\"}"));
}

static void what_the_server_said_is_told(void **state)
{
	static const struct {
		struct peer_turn turn;
		const char *message;
	} cases[] = {
		{ SAY("403", JSON, "{\"detail\":\"no\"}"), ": no" },
		{ SAY("403", "", "no"), ": no" },
		{ SAY("403", JSON, "{\"detail\":\"n"), ": {\"detail\":\"n" },
		{ SAY("403", JSON, "{\"detail\":\"no\",\"a"),
		  ": {\"detail\":\"no\",\"a" },
		{ SAY("200", "Content-Type: text/html\r\n", "<html>"),
		  ": <html>" },
		{ SAY("403", JSON "Content-Encoding: gzip\r\n", "\x1f\x8b"),
		  "" },
		{ LIST(A ",7"), "" },
		{ SAY("200", JSON, "[" A "x"), "" },
		{ SAY("200", JSON, "[" A), "" },
		{ LIST(A), "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t room[256];
		struct buf out = BUF_OVER(room);
		struct peer peer;

		peer_start(&peer, &cases[i].turn, 1);
		begin_api(peer.port);
		watch(false);
		list_read(&api, LIST_OWN, &watcher.reader, deadline_in(5000),
		          &result);
		client_close(&api.client);
		peer_stop(&peer);
		api_put_message(&out, result.body, api.tokens,
		                fmt_printable_char);
		assert_span(cases[i].turn.say, buf_written(&out),
		            span_of(cases[i].message));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_list_is_seen_and_judged),
		cmocka_unit_test(a_large_element_is_passed_over),
		cmocka_unit_test(the_first_that_is_no_token_is_named),
		cmocka_unit_test(a_list_may_be_longer_than_a_body),
		cmocka_unit_test(silence_ends_with_the_deadline),
		cmocka_unit_test(a_signal_ends_the_list),
		cmocka_unit_test(nobody_there_is_unreachable),
		cmocka_unit_test(each_list_has_its_request),
		cmocka_unit_test(an_error_has_its_body),
		cmocka_unit_test(no_secret_is_left_in_a_list),
		cmocka_unit_test(what_the_server_said_is_told),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("langsmith/list", tests, NULL, NULL);
}
