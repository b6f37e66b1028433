/* SPDX-License-Identifier: MIT */
/* Tests of cli/report: what is printed where, in text and as JSON. */
/* links: tests/net/peer.c */
#include "cli/report.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/peer.h"
#include "net/wait.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define FATE "; nothing was deleted; "

static jsmntok_t tokens[JSON_TOKENS_MAX];

/* What is set of a report; in text by default. */
struct how {
	const struct report_form *form;
	bool quiet, begun, owner;
	enum verb verb;
};

static struct report report;

static void begin(const struct how *how)
{
	memset(&report, 0, offsetof(struct report, tokens));
	report.form = how->form != NULL ? how->form : &report_text;
	report.quiet = how->quiet;
	report.begun = how->begun;
	report.table.owner = how->owner;
	report.verb = how->verb;
}

static const struct how text = { .form = &report_text };
static const struct how json = { .form = &report_json };

/* --- Standard streams --- */

static char printed_out[200000], printed_err[200000];

/* Puts a file in the place of a standard stream; the former comes back. */
static int put_aside(int stream, int file)
{
	int former = fcntl(stream, F_DUPFD_CLOEXEC, 100);

	assert_true(former >= 0 && file >= 0);
	assert_int_equal(dup2(file, stream), stream);
	return former;
}

static void put_back(int stream, int former)
{
	dup2(former, stream);
	close(former);
}

static void read_back(int file, char *into, size_t size)
{
	ssize_t got = pread(file, into, size - 1, 0);

	assert_true(got >= 0);
	into[got] = '\0';
	close(file);
}

/* Runs it with standard output going to `out`, or into memory where it is -1;
 * what it prints is in printed_out and printed_err. */
static void capture(void (*what)(void *), void *with, int out)
{
	int kept_out = memfd_create("out", MFD_CLOEXEC);
	int kept_err = memfd_create("err", MFD_CLOEXEC);
	int former_out, former_err;

	fflush(stdout);
	fflush(stderr);
	former_out = put_aside(STDOUT_FILENO, out >= 0 ? out : kept_out);
	former_err = put_aside(STDERR_FILENO, kept_err);
	what(with);
	put_back(STDOUT_FILENO, former_out);
	put_back(STDERR_FILENO, former_err);
	read_back(kept_out, printed_out, sizeof(printed_out));
	read_back(kept_err, printed_err, sizeof(printed_err));
}

/* --- Results --- */

static const struct row {
	const char *label;
	struct how how;
	enum outcome outcome; /* or deleted */
	enum exit_status status;
	unsigned http;
	enum err_code code;
	const char *body; /* a record where there is no error */
	const char *out, *err; /* what is printed */
} rows[] = {
	{ .label = "deleted",
	  .http = 200,
	  .body = "{\"description\":\"d\",\"id\":\"" ID "\"}",
	  .out = "outcome: deleted\nid: " ID "\ndescription: d\n" },
	{ .label = "another one",
	  .how = { .begun = true },
	  .http = 200,
	  .body = "{\"id\":\"" ID "\"}",
	  .out = "\noutcome: deleted\nid: " ID "\n" },
	{ .label = "without a record",
	  .http = 204,
	  .out = "outcome: deleted\nid: " ID "\n" },
	{ .label = "quiet",
	  .how = { .quiet = true },
	  .http = 200,
	  .body = "{\"id\":\"" ID "\"}" },
	{ .label = "missing, which is well",
	  .outcome = OUTCOME_MISSING,
	  .http = 404,
	  .out = "outcome: missing\nid: " ID "\n" },
	{ .label = "missing",
	  .outcome = OUTCOME_MISSING,
	  .status = 4,
	  .http = 404,
	  .code = ERR_MISSING,
	  .body = "{\"detail\":\"no\"}",
	  .err = "patrm: " ID ": there is no such token, or it is not yours, "
	         "DETAIL: no; this call deleted nothing; check the id, the "
	         "organization, and whose token it is\n" },
	{ .label = "missing, quietly",
	  .how = { .quiet = true },
	  .outcome = OUTCOME_MISSING,
	  .status = 4,
	  .http = 404,
	  .code = ERR_MISSING,
	  .err = "patrm: " ID ": there is no such token, or it is not yours, "
	         "DETAIL; this call deleted nothing; check the id, the "
	         "organization, and whose token it is\n" },
	{ .label = "refused",
	  .outcome = OUTCOME_REFUSED,
	  .status = 1,
	  .http = 422,
	  .code = ERR_REFUSED,
	  .body = "{\"detail\":[{\"loc\":[\"a\",1],\"msg\":\"m\"}]}",
	  .err = "patrm: " ID ": the server refused with DETAIL: a.1: m" FATE
	         "fix what it names\n" },
	{ .label = "unreachable",
	  .outcome = OUTCOME_UNREACHABLE,
	  .status = 5,
	  .code = ERR_NO_NAME,
	  .err = "patrm: " ID ": there is no host DETAIL; no deletion was "
	         "sent; check the endpoint\n" },
	{ .label = "unknown",
	  .outcome = OUTCOME_UNKNOWN,
	  .status = 6,
	  .code = ERR_RECEIVE,
	  .err = "patrm: " ID ": the connection broke before the answer: "
	         "DETAIL; it is unknown whether the token is gone; run it "
	         "again\n" },
	{ .label = "unread",
	  .outcome = OUTCOME_DELETED_UNREAD,
	  .status = 8,
	  .http = 200,
	  .code = ERR_UNREAD,
	  .out = "outcome: deleted-unread\nid: " ID "\n",
	  .err = "patrm: " ID ": its record could not be read: DETAIL; the "
	         "token is deleted\n" },
	/* What is true of the token, in the words of what was asked for. */
	{ .label = "revoked",
	  .how = { .verb = VERB_REVOKE },
	  .outcome = OUTCOME_REVOKED,
	  .http = 200,
	  .body = "{\"id\":\"" ID "\"}",
	  .out = "outcome: revoked\nid: " ID "\n" },
	{ .label = "not revoked: refused",
	  .how = { .verb = VERB_REVOKE },
	  .outcome = OUTCOME_REFUSED,
	  .status = 1,
	  .http = 405,
	  .code = ERR_REFUSED,
	  .err = "patrm: " ID ": the server refused with DETAIL; nothing was "
	         "revoked; fix what it names\n" },
	{ .label = "not revoked: missing",
	  .how = { .verb = VERB_REVOKE },
	  .outcome = OUTCOME_MISSING,
	  .status = 4,
	  .http = 404,
	  .code = ERR_MISSING,
	  .err = "patrm: " ID ": there is no such token, or it is not yours, "
	         "DETAIL; this call revoked nothing; check the id, the "
	         "organization, and whose token it is\n" },
	{ .label = "not revoked: unreachable",
	  .how = { .verb = VERB_REVOKE },
	  .outcome = OUTCOME_UNREACHABLE,
	  .status = 5,
	  .code = ERR_NO_NAME,
	  .err = "patrm: " ID ": there is no host DETAIL; no revocation was "
	         "sent; check the endpoint\n" },
	{ .label = "revoked? unknown",
	  .how = { .verb = VERB_REVOKE },
	  .outcome = OUTCOME_UNKNOWN,
	  .status = 6,
	  .code = ERR_RECEIVE,
	  .err = "patrm: " ID ": the connection broke before the answer: "
	         "DETAIL; it is unknown whether the token is revoked; run it "
	         "again\n" },
	{ .label = "revoked and unread",
	  .how = { .verb = VERB_REVOKE },
	  .outcome = OUTCOME_REVOKED,
	  .status = 8,
	  .http = 200,
	  .code = ERR_UNREAD,
	  .out = "outcome: revoked\nid: " ID "\n",
	  .err = "patrm: " ID ": its record could not be read: DETAIL; the "
	         "token is revoked\n" },
	{ .label = "not yours",
	  .outcome = OUTCOME_MISSING,
	  .status = 4,
	  .http = 404,
	  .code = ERR_NOT_YOURS,
	  .err = "patrm: " ID ": the token is there, but not yours: DETAIL; "
	         "this call deleted nothing; ask its owner, or an "
	         "administrator of the organization\n" },
	/* One truth a token: what became of it is in the other's line. */
	{ .label = "uncertain",
	  .outcome = OUTCOME_AMBIGUOUS,
	  .status = 2,
	  .code = ERR_UNCERTAIN,
	  .err = "patrm: " ID ": it may be of a token that another TOKEN "
	         "names, but only DETAIL characters confirm that; no deletion "
	         "was sent for this TOKEN; see what became of that "
	         "token\n" },
	{ .label = "uncertain, of a revocation, as JSON",
	  .how = { .form = &report_json, .verb = VERB_REVOKE },
	  .outcome = OUTCOME_AMBIGUOUS,
	  .status = 2,
	  .code = ERR_UNCERTAIN,
	  .out = "{\"token\":\"" ID "\",\"outcome\":\"ambiguous\","
	         "\"attempts\":2,\"error\":\"it may be of a token that another "
	         "TOKEN names, but only DETAIL characters confirm that; no "
	         "revocation was sent for this TOKEN; see what became of that "
	         "token\"}\n" },
	{ .label = "still there",
	  .outcome = OUTCOME_UNKNOWN,
	  .status = 6,
	  .http = 503,
	  .code = ERR_STILL_THERE,
	  .err = "patrm: " ID
	         ": the list still shows the token, read at DETAIL; it "
	         "is unknown whether the token is gone; run it again, or look "
	         "with --list\n" },
	{ .label = "would be deleted",
	  .outcome = OUTCOME_WOULD_DELETE,
	  .body = "{\"id\":\"" ID "\"}",
	  .out = "outcome: would-delete\nid: " ID "\n" },
	/* 10 is a result as well as an error. */
	{ .label = "unverified, quietly",
	  .how = { .quiet = true },
	  .outcome = OUTCOME_DELETED_UNVERIFIED,
	  .status = 10,
	  .http = 200,
	  .code = ERR_UNVERIFIED,
	  .err = "patrm: " ID ": not proven in time: DETAIL; the server said "
	         "that the token is deleted; see patrm --list\n" },
	{ .label = "unverified as JSON",
	  .how = { .form = &report_json },
	  .outcome = OUTCOME_DELETED_UNVERIFIED,
	  .status = 10,
	  .http = 200,
	  .code = ERR_UNVERIFIED,
	  .out = "{\"token\":\"" ID "\",\"outcome\":\"deleted-unverified\","
	         "\"status\":200,\"attempts\":2,\"error\":\"not proven in time:"
	         " DETAIL; the server said that the token is deleted; see "
	         "patrm --list\"}\n" },
	/* JSON is for everything, and never hidden. */
	{ .label = "JSON",
	  .how = { .form = &report_json },
	  .http = 200,
	  .body = " {\"id\": \"" ID "\",\n \"x\":[1, \"\xc3\xa4\"]}",
	  .out = "{\"token\":\"" ID "\",\"outcome\":\"deleted\",\"status\":200,"
	         "\"attempts\":2,\"record\":{\"id\":\"" ID
	         "\",\"x\":[1,\"\\u00e4\"]}}\n" },
	{ .label = "JSON, quietly",
	  .how = { .form = &report_json, .quiet = true, .begun = true },
	  .http = 204,
	  .out = "{\"token\":\"" ID "\",\"outcome\":\"deleted\",\"status\":204,"
	         "\"attempts\":2}\n" },
	{ .label = "an error as JSON",
	  .how = { .form = &report_json },
	  .outcome = OUTCOME_FORBIDDEN,
	  .status = 3,
	  .http = 403,
	  .code = ERR_FORBIDDEN,
	  .body = "{\"detail\":\"\\\"\\u001b\xc3\xa4\"}",
	  .out = "{\"token\":\"" ID "\",\"outcome\":\"forbidden\","
	         "\"status\":403,\"attempts\":2,\"error\":\"the key is not "
	         "allowed to do "
	         "this, DETAIL: \\\"\\u001b\\u00e4" FATE
	         "check the key, its organization, and its region: "
	         "--region us, eu, apac, aws or any\"}\n" },
	{ .label = "no answer as JSON",
	  .how = { .form = &report_json },
	  .outcome = OUTCOME_UNREACHABLE,
	  .status = 5,
	  .code = ERR_LOOKUP,
	  .out = "{\"token\":\"" ID "\",\"outcome\":\"unreachable\","
	         "\"attempts\":2,\"error\":\"the name DETAIL cannot be "
	         "resolved "
	         "now; no deletion was sent; check this machine's DNS\"}\n" },
	/* Hostile text. */
	{ .label = "a hostile record",
	  .http = 200,
	  .body = "{\"id\":\"" ID
	          "\",\"description\":\"\\u001b[2J\\n\xe2\x80\xae\"}",
	  .out = "outcome: deleted\nid: " ID
	         "\ndescription: \\u{1b}[2J\\u{a}\\u{202e}\n" },
	{ .label = "a hostile record as JSON",
	  .how = { .form = &report_json },
	  .http = 200,
	  .body = "{\"\x7f\":\"\xe2\x80\xae\\u0000\xf0\x9f\x98\x80\"}",
	  .out = "{\"token\":\"" ID "\",\"outcome\":\"deleted\",\"status\":200,"
	         "\"attempts\":2,\"record\":{\"\\u007f\":\"\\u202e\\u0000"
	         "\\ud83d\\ude00\"}}\n" },
	{ .label = "a hostile error",
	  .outcome = OUTCOME_REFUSED,
	  .status = 1,
	  .http = 400,
	  .code = ERR_REFUSED,
	  .body = "\x1b[2J\r\n\xff\xe2\x80\xae",
	  .err = "patrm: " ID ": the server refused with DETAIL: \\u{1b}[2J  "
	         "\xef\xbf\xbd\\u{202e}" FATE "fix what it names\n" },
};

static struct result result_of(const struct row *row)
{
	struct result r = { .outcome = row->outcome != OUTCOME_NONE
		                               ? row->outcome
		                               : OUTCOME_DELETED,
		            .status = row->status,
		            .http = row->http,
		            .attempts = 2 };

	if (row->code != ERR_NONE)
		err_set(&r.err, row->code, "DETAIL");
	if (row->body != NULL) {
		r.body = span_of(row->body);
		r.has_record = row->code == ERR_NONE;
	}
	return r;
}

struct telling {
	struct how how;
	struct result result;
};

static void tell(void *with)
{
	struct telling *t = with;

	struct target p = { .form = TARGET_ID };

	assert_true(uuid_parse(SPAN(ID), &p.id));
	begin(&t->how);
	report_result(&report, &p, &t->result);
}

static void each_result_is_told_in_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct telling t = { rows[i].how, result_of(&rows[i]) };
		const char *out = rows[i].out ? rows[i].out : "";
		const char *err = rows[i].err ? rows[i].err : "";

		capture(tell, &t, -1);
		assert_span(rows[i].label, span_of(printed_out), span_of(out));
		assert_span(rows[i].label, span_of(printed_err), span_of(err));
		assert_row(rows[i].label, t.result.status == rows[i].status);
		assert_row(rows[i].label,
		           report.begun == (rows[i].how.begun ||
		                            (out[0] != '\0' && out[0] != '{')));
	}
}

/* More than is collected at once: every byte still comes, in order. */
static void a_long_record_is_written_in_pieces(void **state)
{
	static char body[60100], want[60200];
	struct row row = { .http = 200, .body = body };
	struct telling t;
	size_t at = 0;

	(void)state;
	at += (size_t)sprintf(body, "{\"description\":\"");
	for (int i = 0; i < 10000; i++)
		at += (size_t)sprintf(body + at, "%05d ", i);
	snprintf(want, sizeof(want), "outcome: deleted\ndescription: %s\n",
	         body + strlen("{\"description\":\""));
	strcpy(body + at, "\"}");
	t = (struct telling){ row.how, result_of(&row) };
	capture(tell, &t, -1);
	assert_string_equal(printed_out, want);
}

/* --- What cannot be written --- */

static int open_full(void)
{
	return open("/dev/full", O_WRONLY | O_CLOEXEC);
}

static int open_closed(void)
{
	return open("/", O_PATH | O_CLOEXEC); /* as main puts there */
}

/* A pipe that nobody reads; the test ignores SIGPIPE. */
static int open_broken_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	return ends[1];
}

static const struct {
	const char *label;
	int (*open)(void);
	const char *reason;
} places[] = {
	{ "a full disk", open_full, "No space left on device" },
	{ "a closed stream", open_closed, "Bad file descriptor" },
	{ "a broken pipe", open_broken_pipe, "Broken pipe" },
};

static const struct {
	const char *label;
	struct row row;
	const struct report_form *form;
	enum outcome outcome;
	enum exit_status status;
	const char *says;
} unwritten[] = {
	{ "a deletion",
	  { .http = 200, .body = "{\"id\":\"" ID "\"}" },
	  &report_text,
	  OUTCOME_DELETED_UNREAD,
	  8,
	  "could not be written out" },
	{ "a deletion as JSON",
	  { .http = 200, .body = "{\"id\":\"" ID "\"}" },
	  &report_json,
	  OUTCOME_DELETED_UNREAD,
	  8,
	  "could not be written out" },
	{ "an unread record",
	  { .outcome = OUTCOME_DELETED_UNREAD,
	    .status = 8,
	    .code = ERR_UNREAD },
	  &report_text,
	  OUTCOME_DELETED_UNREAD,
	  8,
	  "the token is deleted" },
	{ "a refusal as JSON",
	  { .outcome = OUTCOME_REFUSED,
	    .status = 1,
	    .code = ERR_REFUSED,
	    .http = 422,
	    .body = "{\"detail\":\"no\"}" },
	  &report_json,
	  OUTCOME_REFUSED,
	  1,
	  "the server refused with DETAIL" },
	{ "a revocation",
	  { .how = { .verb = VERB_REVOKE },
	    .outcome = OUTCOME_REVOKED,
	    .http = 200,
	    .body = "{\"id\":\"" ID "\"}" },
	  &report_text,
	  OUTCOME_REVOKED,
	  8,
	  "could not be written out" },
	{ "what would be deleted",
	  { .outcome = OUTCOME_WOULD_DELETE, .body = "{\"id\":\"" ID "\"}" },
	  &report_text,
	  OUTCOME_WOULD_DELETE,
	  1,
	  "nothing was deleted" },
	{ "one that is missing, which was to be well",
	  { .outcome = OUTCOME_MISSING, .http = 404 },
	  &report_text,
	  OUTCOME_MISSING,
	  8,
	  "could not be written out" },
	{ "one that is missing, as JSON",
	  { .outcome = OUTCOME_MISSING, .http = 404 },
	  &report_json,
	  OUTCOME_MISSING,
	  8,
	  "could not be written out" },
	{ "one that is missing, which is not well",
	  { .outcome = OUTCOME_MISSING,
	    .status = 4,
	    .http = 404,
	    .code = ERR_MISSING },
	  &report_json,
	  OUTCOME_MISSING,
	  4,
	  "this call deleted nothing" },
	{ "an unverified deletion",
	  { .outcome = OUTCOME_DELETED_UNVERIFIED,
	    .status = 10,
	    .code = ERR_UNVERIFIED },
	  &report_text,
	  OUTCOME_DELETED_UNVERIFIED,
	  10,
	  "not proven in time: DETAIL" },
	{ "an unverified revocation",
	  { .how = { .verb = VERB_REVOKE },
	    .outcome = OUTCOME_REVOKED,
	    .status = 10,
	    .code = ERR_UNVERIFIED },
	  &report_text,
	  OUTCOME_REVOKED,
	  10,
	  "said that the token is revoked" },
	{ "an unknown end as JSON",
	  { .outcome = OUTCOME_UNKNOWN, .status = 6, .code = ERR_RECEIVE },
	  &report_json,
	  OUTCOME_UNKNOWN,
	  6,
	  "it is unknown whether the token is gone" },
};

static void what_is_deleted_and_not_told_is_8(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(unwritten) * COUNT(places); i++) {
		size_t k = i / COUNT(places);
		const char *label = places[i % COUNT(places)].label;
		struct telling t = { { .form = unwritten[k].form,
			               .verb = unwritten[k].row.how.verb },
			             result_of(&unwritten[k].row) };
		int file = places[i % COUNT(places)].open();

		capture(tell, &t, file);
		close(file);
		assert_row(label, t.result.status == unwritten[k].status);
		assert_row(label, t.result.outcome == unwritten[k].outcome);
		/* Standard error says it instead. */
		assert_row(label, strstr(printed_err, unwritten[k].says));
		if (t.result.err.code == ERR_UNWRITTEN)
			assert_row(label,
			           strstr(printed_err,
			                  places[i % COUNT(places)].reason));
	}
}

/* A record that breaks off in the middle is not written either. */
static void a_pipe_that_breaks_is_8(void **state)
{
	static char body[20000];
	struct row row = { .http = 200, .body = body };
	struct telling t;
	int ends[2];

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	memcpy(body, "{\"description\":\"", 16);
	memcpy(body + sizeof(body) - 3, "\"}", 2);
	t = (struct telling){ row.how, result_of(&row) };
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	capture(tell, &t, ends[1]);
	close(ends[1]);
	assert_int_equal(t.result.status, 8);
	assert_int_equal(t.result.err.code, ERR_UNWRITTEN);
}

/* Nobody reads, and a signal comes: patrm must not hang. */
static int be_stopped_while_writing(void)
{
	struct row row = { .http = 200, .body = "{\"id\":\"" ID "\"}" };
	struct telling t = { row.how, result_of(&row) };
	static char filler[65536];
	int ends[2], nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	wait_setup();
	if (pipe2(ends, O_CLOEXEC) != 0 ||
	    write(ends[1], filler, sizeof(filler)) != sizeof(filler))
		return 1;
	dup2(ends[1], STDOUT_FILENO);
	dup2(nothing, STDERR_FILENO);
	raise(SIGINT);
	tell(&t);
	return t.result.status == 8 ? 0 : 2;
}

static void a_signal_ends_the_wait_for_a_reader(void **state)
{
	(void)state;
	assert_int_equal(in_child(be_stopped_while_writing), 0);
}

/* --- Other lines --- */

struct wrong {
	struct err err;
	struct how how;
	unsigned long count; /* of results that were reported before */
};

static void tell_error(void *with)
{
	const struct wrong *w = with;

	begin(&w->how);
	report.count = w->count;
	report_error(&report, &w->err);
	assert_int_equal(report.count, w->count);
	assert_int_equal(report.status,
	                 w->count == 0 ? err_status(w->err.code) : EXIT_MIXED);
}

static const struct {
	enum err_code code;
	enum verb verb;
	const char *line;
	const char *object; /* the same with --json */
} errors[] = {
	{ ERR_NO_TOKEN, VERB_DELETE,
	  "patrm: no TOKEN was given" FATE
	  "name tokens, or give - to read them from standard input, "
	  "or --self\n",
	  "{\"outcome\":\"invalid\",\"error\":\"no TOKEN was given" FATE
	  "name tokens, or give - to read them from standard input, "
	  "or --self\"}\n" },
	{ ERR_FILE_OPEN, VERB_REVOKE,
	  "patrm: cannot open D\\u{1b}; nothing was revoked; "
	  "check its name and permissions\n",
	  "{\"outcome\":\"invalid\",\"error\":\"cannot open D\\\\u{1b}; "
	  "nothing "
	  "was revoked; check its name and permissions\"}\n" },
	{ ERR_SIGNAL, VERB_DELETE,
	  "patrm: stopped by D\\u{1b}; no deletion was sent; run it "
	  "again for the rest\n",
	  "{\"outcome\":\"not-tried\",\"error\":\"stopped by D\\\\u{1b}; no "
	  "deletion was sent; run it again for the rest\"}\n" },
};

static void errors_of_no_token_have_a_line_or_an_object(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct wrong w = { .how = text };

		w.how.verb = errors[i].verb;
		err_set(&w.err, errors[i].code, "D\x1b");
		capture(tell_error, &w, -1);
		assert_string_equal(printed_err, errors[i].line);
		assert_string_equal(printed_out, "");
		w.how.form = &report_json;
		capture(tell_error, &w, -1);
		assert_string_equal(printed_out, errors[i].object);
		assert_string_equal(printed_err, "");
	}
}

/* What was reported before may have been deleted: nothing is said of it. */
static void a_read_error_after_results_has_no_fate(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct wrong w = { .how = i % 2 == 0 ? text : json,
			           .count = i / 2 };
		const char *printed = i % 2 == 0 ? printed_err : printed_out;

		err_set(&w.err, ERR_INPUT_READ, "D");
		capture(tell_error, &w, -1);
		assert_int_equal(strstr(printed, "deleted") == NULL, i >= 2);
		assert_non_null(strstr(printed, "D"));
		assert_non_null(strstr(printed, "; "));
	}
	/* Whatever the error is. */
	struct wrong other = { .how = text, .count = 1 };

	err_set(&other.err, ERR_FILE_WRITE, NULL);
	capture(tell_error, &other, -1);
	assert_null(strstr(printed_err, FATE));
}

/* Then standard error says it. */
static void an_error_that_cannot_be_written_is_told_elsewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		struct wrong w = { .how = json };
		int file = places[i].open();

		err_set(&w.err, ERR_NO_TOKEN, NULL);
		capture(tell_error, &w, file);
		close(file);
		assert_row(places[i].label,
		           strncmp(printed_err, "patrm: no TOKEN was given",
		                   24) == 0);
	}
}

static void tell_line(void *with)
{
	begin(&text);
	report.secret = SPAN("s3cr3t");
	report_line(&report, span_of(with));
}

static void what_happens_goes_to_standard_error(void **state)
{
	char line[] = "* connected";

	(void)state;
	capture(tell_line, line, -1);
	assert_string_equal(printed_err, "patrm: * connected\n");
	assert_string_equal(printed_out, "");
}

static void no_secret_is_in_what_happens(void **state)
{
	static const struct {
		char line[80];
		const char *shown;
	} lines[] = {
		{ "< X-Key: s3cr3t", "patrm: < X-Key: ******\n" },
		{ "s3cr3t", "patrm: ******\n" },
		{ "< lsv2_pt_0123456789abcdef0",
		  "patrm: < lsv2_pt_*****************\n" },
		{ "* key lsv2_pt_0123...9876",
		  "patrm: * key lsv2_pt_0123...9876\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		capture(tell_line, (void *)lines[i].line, -1);
		assert_string_equal(printed_err, lines[i].shown);
	}
}

/* What the server said reaches a sentence as its detail, too. */
static void tell_secret(void *with)
{
	struct target p = { .source = TARGET_LINE, .number = 7 };
	struct result r = { .outcome = OUTCOME_REFUSED, .status = 1 };

	begin(with);
	report.secret = SPAN("s3cr3t");
	err_set(&r.err, ERR_REDIRECT,
	        "https://x/?s3cr3t&lsv2_pt_0123456789abcdef0");
	report_result(&report, &p, &r);
}

static void no_secret_is_in_a_sentence(void **state)
{
	static const char shown[] =
		"https://x/?******&lsv2_pt_*****************";

	(void)state;
	capture(tell_secret, (void *)&text, -1);
	assert_non_null(strstr(printed_err, shown));
	assert_null(strstr(printed_err, "s3cr3t"));
	capture(tell_secret, (void *)&json, -1);
	assert_non_null(strstr(printed_out, shown));
	assert_null(strstr(printed_out, "s3cr3t"));
}

static bool text_told;

static void put_much(struct buf *out)
{
	for (int i = 0; i < 3000; i++)
		buf_text(out, "text\n");
}

static void tell_text(void *unused)
{
	(void)unused;
	text_told = report_document(put_much);
}

static void texts_are_written_or_not(void **state)
{
	int full = open_full();

	(void)state;
	capture(tell_text, NULL, -1);
	assert_true(text_told);
	assert_int_equal(strlen(printed_out), 15000);
	capture(tell_text, NULL, full);
	assert_false(text_told);
	close(full);
}

/* --- Several --- */

static void sum_up(void *with)
{
	(void)with;
	report_summary(&report);
}

static void a_summary_counts_outcomes_where_there_are_several(void **state)
{
	(void)state;
	begin(&text);
	report.count = 1;
	report.by_outcome[OUTCOME_DELETED] = 1;
	capture(sum_up, NULL, -1);
	assert_string_equal(printed_err, "");
	report.count = 3;
	report.by_outcome[OUTCOME_MISSING] = 2;
	capture(sum_up, NULL, -1);
	assert_string_equal(printed_err,
	                    "patrm: 3 tokens: 1 deleted, 2 missing\n");
	report.repeated = 4;
	capture(sum_up, NULL, -1);
	assert_string_equal(printed_err, "patrm: 3 tokens: 1 deleted, 2 "
	                                 "missing; named twice: 4\n");
	report.quiet = true;
	capture(sum_up, NULL, -1);
	assert_string_equal(printed_err, "");
}

static void ask_for(void *with)
{
	report_question(&report, STDERR_FILENO, *(unsigned long *)with);
}

static void a_question_names_the_number(void **state)
{
	unsigned long one = 1, three = 3;

	(void)state;
	begin(&text);
	capture(ask_for, &one, -1);
	assert_string_equal(printed_err, "patrm: delete this 1 token? [y/N] ");
	report.verb = VERB_REVOKE;
	capture(ask_for, &three, -1);
	assert_string_equal(printed_err,
	                    "patrm: revoke these 3 tokens? [y/N] ");
}

static void tell_ambiguous(void *with)
{
	const struct candidate second = {
		.id = { { 0x22 } },
		.record = BYTES("{\"id\":\"2\",\"short_key\":\"k\"}")
	};
	const struct candidate first = { .next = &second,
		                         .id = { { 0x11 } },
		                         .record = BYTES("{}") };
	struct target p = { .source = TARGET_LINE,
		            .number = 7,
		            .found = { .candidates = &first } };
	struct result r = { .outcome = OUTCOME_AMBIGUOUS, .status = 2 };

	begin(with);
	err_set(&r.err, ERR_AMBIGUOUS, "2");
	report_result(&report, &p, &r);
}

static void what_is_ambiguous_is_told_with_its_candidates(void **state)
{
	(void)state;
	capture(tell_ambiguous, (void *)&json, -1);
	assert_string_equal(
		printed_out,
		"{\"token\":\"line 7\",\"outcome\":\"ambiguous\","
		"\"candidates\":[\"11000000-0000-0000-0000-000000000000\","
		"\"22000000-0000-0000-0000-000000000000\"],\"error\":\"2 "
		"tokens match; no deletion was sent for this TOKEN; give the "
		"id "
		"of one of them\"}\n");
	capture(tell_ambiguous, (void *)&text, -1);
	assert_non_null(strstr(printed_err, "patrm: line 7: 2 tokens match"));
	assert_non_null(strstr(printed_err, "\npatrm: line 7: 2 "));
}

static void list_two(void *with)
{
	struct result r = { .status = 0 };
	struct json record;

	begin(with);
	json_parse(&record, SPAN("{ \"id\": \"" ID "\" }"), tokens,
	           COUNT(tokens));
	report_list_begin(&report);
	report_listed(&report, &record);
	report_listed(&report, &record);
	assert_true(report_list_end(&report, &r));
}

static void a_list_is_a_table_or_a_record_a_line(void **state)
{
	(void)state;
	capture(list_two, (void *)&json, -1);
	assert_string_equal(printed_out, "{\"id\":\"" ID "\"}\n"
	                                 "{\"id\":\"" ID "\"}\n");
	capture(list_two, (void *)&text, -1);
	assert_int_equal(strncmp(printed_out, "ID ", 3), 0);
	assert_non_null(strstr(printed_out, "\n" ID " "));
	assert_string_equal(printed_err, "");
}

/* What a person knows it by stands beside the id; it is printable. */
static void tell_with_short_key(void *with)
{
	static const char key[] = "lsv2_pt_3f2b\x1b";
	struct target p = { .state = TARGET_FOUND };
	struct result r = { .outcome = OUTCOME_FORBIDDEN,
		            .status = 3,
		            .http = 403 };

	assert_true(uuid_parse(SPAN(ID), &p.id));
	memcpy(p.short_key, key, sizeof(key) - 1);
	p.short_key_len = sizeof(key) - 1;
	begin(with);
	err_set(&r.err, ERR_FORBIDDEN, "D");
	report_result(&report, &p, &r);
}

static void a_short_key_stands_beside_the_id(void **state)
{
	static const char object[] =
		"{\"token\":\"" ID
		"\",\"short_key\":\"lsv2_pt_3f2b\\u001b\",\"outcome\":";
	static const char line[] =
		"patrm: " ID " (lsv2_pt_3f2b\\u{1b}): the key is";

	(void)state;
	capture(tell_with_short_key, (void *)&json, -1);
	assert_int_equal(strncmp(printed_out, object, strlen(object)), 0);
	assert_string_equal(printed_err, "");
	capture(tell_with_short_key, (void *)&text, -1);
	assert_int_equal(strncmp(printed_err, line, strlen(line)), 0);
}

/* --- Progress --- */

static void go_on(void *with)
{
	struct target p = { .source = TARGET_LINE, .number = 1 };
	struct result r = { .outcome = OUTCOME_DELETED };

	report_progress(&report, *(unsigned long *)with);
	report_progress(&report, *(unsigned long *)with);
	report_result(&report, &p, &r);
}

static void progress_is_shown_and_taken_away(void **state)
{
	unsigned long one = 1, many = 300;

	(void)state;
	begin(&text);
	report.progress = report.terminal = true;
	report.count = 12;
	capture(go_on, &many, -1);
	assert_string_equal(printed_err, "12/300\r      \r12/300\r      \r");
	assert_int_equal(report.shown, 0);
	assert_int_equal(report.count, 13);
	begin(&text);
	report.progress = report.terminal = true;
	capture(go_on, &one, -1);
	assert_string_equal(printed_err, ""); /* of one there is none */
	begin(&text);
	capture(go_on, &many, -1);
	assert_string_equal(printed_err, "");
}

/* Beside a list that is being written, which it must not get into. */
static void see_more(void *with)
{
	struct result r = { .status = 0 };
	struct json record;

	(void)with;
	json_parse(&record, SPAN("{\"id\":\"" ID "\"}"), tokens, COUNT(tokens));
	report_list_begin(&report);
	report_listed(&report, &record);
	report_seen(&report, 256);
	report_seen(&report, 512);
	report_listed(&report, &record);
	assert_true(report_list_end(&report, &r));
}

static void what_came_of_a_list_is_shown_and_taken_away(void **state)
{
	(void)state;
	begin(&json);
	report.progress = report.terminal = true;
	capture(see_more, NULL, -1);
	assert_string_equal(printed_err, "256 tokens seen\r               \r"
	                                 "512 tokens seen\r               \r");
	assert_string_equal(printed_out, "{\"id\":\"" ID "\"}\n"
	                                 "{\"id\":\"" ID "\"}\n");
	begin(&json);
	capture(see_more, NULL, -1);
	assert_string_equal(printed_err, "");
}

/* --- More of lists --- */

struct listing {
	struct how how;
	struct result result;
	bool told;
	size_t tokens;
};

static void tell_list(void *with)
{
	struct listing *l = with;
	struct json record;

	begin(&l->how);
	report_list_begin(&report);
	for (size_t i = 0; i < l->tokens; i++) {
		json_parse(&record,
		           SPAN("{\"id\":\"" ID "\",\"description\":\"d\","
		                "\"created_by\":\"m\"}"),
		           tokens, COUNT(tokens));
		report_listed(&report, &record);
	}
	l->told = report_list_end(&report, &l->result);
}

#define GAP "                      " /* 22 blanks */
#define STATE GAP "active                "
#define DATES GAP "           " /* 33 blanks */
#define HEADING \
	"ID                                   SHORT KEY            STATE     " \
	"            LAST USED  CREATED    EXPIRES    "
#define SKIPPED \
	"the list of tokens could not be read completely: D" FATE \
	"give the id of the token"
#define FAILED \
	{ \
		.outcome = OUTCOME_REFUSED, .status = 1, .http = 200, \
		.attempts = 1, \
		.err = { ERR_LIST_ELEMENT, \
			 1, \
			 "D" } \
	}

static void a_list_says_what_it_lacks(void **state)
{
	static const struct {
		const char *label;
		struct listing list;
		const char *out, *err;
	} lists[] = {
		{ "empty", { .tokens = 0 }, HEADING "DESCRIPTION\n", "" },
		{ "one",
		  { .tokens = 1 },
		  HEADING "DESCRIPTION\n" ID STATE DATES "d\n",
		  "" },
		{ "with owners",
		  { .how = { .owner = true }, .tokens = 1 },
		  HEADING
		  "CREATED BY                           DESCRIPTION\n" ID STATE
		          DATES "m                                    d\n",
		  "" },
		{ "quiet", { .how = { .quiet = true }, .tokens = 1 }, "", "" },
		{ "empty, as JSON",
		  { .how = { .form = &report_json } },
		  "",
		  "" },
		/* nothing is sure of a list that failed */
		{ "nothing", { .result = FAILED }, "", "patrm: " SKIPPED "\n" },
		{ "some",
		  { .result = FAILED, .tokens = 1 },
		  HEADING "DESCRIPTION\n" ID STATE DATES "d\n",
		  "patrm: " SKIPPED "\n" },
		{ "some, quietly",
		  { .how = { .quiet = true }, .result = FAILED, .tokens = 1 },
		  "",
		  "patrm: " SKIPPED "\n" },
		{ "nothing, as JSON",
		  { .how = { .form = &report_json }, .result = FAILED },
		  "{\"outcome\":\"refused\",\"status\":200,\"attempts\":1,"
		  "\"error\":\"" SKIPPED "\"}\n",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct listing list = lists[i].list;

		capture(tell_list, &list, -1);
		assert_row(lists[i].label, list.told);
		assert_span(lists[i].label, span_of(printed_out),
		            span_of(lists[i].out));
		assert_span(lists[i].label, span_of(printed_err),
		            span_of(lists[i].err));
	}
}

static void a_list_that_cannot_be_written_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(places) * 2; i++) {
		struct listing list = { .how = i % 2 == 1 ? json : text,
			                .tokens = 3 };
		int file = places[i / 2].open();

		capture(tell_list, &list, file);
		close(file);
		assert_row(places[i / 2].label, !list.told);
		assert_row(places[i / 2].label,
		           strstr(printed_err, "the list could not be written "
		                               "out: standard output") != NULL);
		assert_row(places[i / 2].label,
		           strstr(printed_err, places[i / 2].reason) != NULL);
	}
}

static void tell_unverified(void *with)
{
	struct target p = { .source = TARGET_LINE, .number = 7 };
	struct result r = { .outcome = OUTCOME_DELETED_UNVERIFIED,
		            .status = 10 };

	begin(with);
	err_set(&r.err, ERR_UNVERIFIED, "D");
	report_result(&report, &p, &r);
}

static void what_is_not_proven_is_a_result_and_an_error(void **state)
{
	static const struct how revokes = { .verb = VERB_REVOKE };

	(void)state;
	capture(tell_unverified, (void *)&text, -1);
	assert_string_equal(printed_out,
	                    "outcome: deleted-unverified\nid: line 7\n");
	assert_string_equal(printed_err,
	                    "patrm: line 7: not proven in time: D; the server "
	                    "said that the token is deleted; see patrm "
	                    "--list\n");
	capture(tell_unverified, (void *)&revokes, -1);
	assert_non_null(strstr(printed_err, "said that the token is revoked"));
}

static void tell_facts(void *with)
{
	const struct candidate found = { .record =
		                                 BYTES("{\"id\":\"" ID "\"}") };
	struct target p = { .found = { .candidates = &found } };

	(void)with;
	begin(&text);
	report_facts(&report, STDERR_FILENO, &p);
}

static void facts_go_to_the_file_that_asks(void **state)
{
	(void)state;
	capture(tell_facts, NULL, -1);
	assert_string_equal(printed_out, "");
	assert_non_null(strstr(printed_err, "id: " ID "\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_result_is_told_in_its_place),
		cmocka_unit_test(a_long_record_is_written_in_pieces),
		cmocka_unit_test(what_is_deleted_and_not_told_is_8),
		cmocka_unit_test(a_pipe_that_breaks_is_8),
		cmocka_unit_test(a_signal_ends_the_wait_for_a_reader),
		cmocka_unit_test(errors_of_no_token_have_a_line_or_an_object),
		cmocka_unit_test(a_read_error_after_results_has_no_fate),
		cmocka_unit_test(
			an_error_that_cannot_be_written_is_told_elsewhere),
		cmocka_unit_test(what_happens_goes_to_standard_error),
		cmocka_unit_test(no_secret_is_in_what_happens),
		cmocka_unit_test(no_secret_is_in_a_sentence),
		cmocka_unit_test(texts_are_written_or_not),
		cmocka_unit_test(
			a_summary_counts_outcomes_where_there_are_several),
		cmocka_unit_test(a_question_names_the_number),
		cmocka_unit_test(what_is_ambiguous_is_told_with_its_candidates),
		cmocka_unit_test(a_list_is_a_table_or_a_record_a_line),
		cmocka_unit_test(a_short_key_stands_beside_the_id),
		cmocka_unit_test(progress_is_shown_and_taken_away),
		cmocka_unit_test(what_came_of_a_list_is_shown_and_taken_away),
		cmocka_unit_test(a_list_says_what_it_lacks),
		cmocka_unit_test(a_list_that_cannot_be_written_is_told),
		cmocka_unit_test(what_is_not_proven_is_a_result_and_an_error),
		cmocka_unit_test(facts_go_to_the_file_that_asks),
	};

	alarm(60); /* whatever happens */
	signal(SIGPIPE, SIG_IGN); /* as wait_setup does */
	return cmocka_run_group_tests_name("cli/report", tests, NULL, NULL);
}
