/* SPDX-License-Identifier: MIT */
/* Storage, the sequence of everything, and the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <mbedtls/version.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/config.h"
#include "cli/input.h"
#include "cli/pick.h"
#include "cli/report.h"
#include "net/roots.h"

#define EXIT_MIXED 9
#define EXIT_SIGNAL 128

/* All the memory there is, but for mbedTLS's arena in tls.c. */
static struct {
	struct opts opts;
	struct config config;
	struct trust trust;
	struct api api;
	struct input input;
} work;

/* The TOKENs so far. */
struct batch {
	struct report report;
	unsigned long count;
	int status; /* of all so far: one that they share, or EXIT_MIXED */
	bool unknown; /* of one it is unknown whether it is gone */
	struct err stop; /* why the rest is not tried */
	int stop_status; /* and their exit status */
	unsigned told_after_stop; /* lines read since a signal */
};

/* --- The process --- */

/*
 * Where standard streams are closed, the next files opened would take their
 * numbers, and a record would go into the connection. A file of no use takes
 * their places: reads and writes of it fail, as they do of a closed one.
 */
static bool
hold_standard_streams(void)
{
	int file;

	do
		file = open("/", O_PATH | O_CLOEXEC);
	while (file >= 0 && file <= STDERR_FILENO);
	if (file < 0)
		return false;
	close(file);
	return true;
}

/* Secrets in memory are for nobody else: no dump, no debugger. */
static void
hide_memory(void)
{
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

static void
put_version(struct buf *out)
{
	buf_text(out, "patrm " PATRM_VERSION "\n"
	              "mbedTLS " MBEDTLS_VERSION_STRING "\n"
	              "jsmn " PATRM_JSMN_VERSION "\n"
	              "musl " PATRM_MUSL_VERSION "\n");
	fmt_uint(out, roots_count());
	buf_text(out, " roots of Mozilla's list of ");
	buf_text(out, roots_date());
	buf_byte(out, '\n');
}

/* --- One TOKEN --- */

static void
count_status(struct batch *b, int status)
{
	b->status = b->count == 0 || b->status == status ? status : EXIT_MIXED;
	b->count++;
	b->unknown = b->unknown || status == 6;
}

static void
finish_token(struct batch *b, struct span name, struct api_result *r)
{
	report_result(&b->report, name, r);
	count_status(b, r->status);
}

static void
stop_on_signal(struct batch *b)
{
	if (b->stop.code != ERR_NONE || wait_signal() == 0)
		return;
	b->stop_status = err_status(ERR_NOT_TRIED);
	err_set(&b->stop, ERR_NOT_TRIED, SPAN("patrm was stopped by a signal"));
}

/* A key that is not valid now will not be so for the rest. */
static void
stop_on_401(struct batch *b, const struct api_result *r)
{
	if (r->http != 401)
		return;
	b->stop_status = err_status(ERR_FORBIDDEN);
	err_set(&b->stop, ERR_NOT_TRIED,
	        SPAN("the key was refused before (HTTP status 401)"));
}

static void
skip_token(struct batch *b, struct span name)
{
	struct api_result r = { .outcome = API_NOT_TRIED,
		                .status = b->stop_status,
		                .err = b->stop };

	finish_token(b, name, &r);
}

static void
delete_token(struct batch *b, const struct uuid *id)
{
	uint8_t text[UUID_TEXT];
	struct buf name = BUF_OVER(text);
	struct api_result r;

	uuid_put(&name, id);
	stop_on_signal(b);
	if (b->stop.code != ERR_NONE) {
		skip_token(b, buf_written(&name));
		return;
	}
	api_delete(&work.api, id, &r);
	stop_on_401(b, &r);
	finish_token(b, buf_written(&name), &r);
}

/*
 * One TOKEN as it was given; `place` and `number` name it where its text must
 * not be repeated.
 */
static void
take_token(struct batch *b, struct span text, const char *place,
           unsigned long number)
{
	struct api_result r = { .outcome = API_INVALID, .status = 2 };
	struct uuid id;
	uint8_t bytes[40];
	struct buf name = BUF_OVER(bytes);

	if (text.at == NULL)
		err_set(&r.err, ERR_TOKEN_LONG, SPAN(""));
	else if (pick_id(text, &id, &r.err)) {
		delete_token(b, &id);
		return;
	}
	buf_text(&name, place);
	fmt_uint(&name, number);
	finish_token(b, buf_written(&name), &r);
}

/* --- All of them --- */

/*
 * The next line. After a signal what has been written already is still told,
 * but nothing is waited for, and who writes for ever is not read for ever.
 */
static bool
next_line(struct batch *b, struct span *line, struct err *e)
{
	if (wait_signal() == 0)
		return input_next(&work.input, true, line, e);
	return b->told_after_stop++ < LINES_TOLD_AFTER_STOP &&
	       input_next(&work.input, false, line, e);
}

static void
take_lines(struct batch *b)
{
	unsigned long before = b->count;
	struct err e = { 0 };
	struct span line;

	do {
		e = (struct err){ 0 };
		while (next_line(b, &line, &e))
			take_token(b,
			           work.input.too_long
			                   ? (struct span){ NULL, 0 }
			                   : line,
			           "line ", work.input.number);
	} while (e.code == ERR_SIGNAL);
	if (e.code == ERR_NONE && b->count == before && wait_signal() == 0)
		err_set(&e, ERR_INPUT_EMPTY, SPAN(""));
	if (e.code != ERR_NONE) {
		report_error(&e);
		count_status(b, err_status(e.code));
	}
}

static int
run_batch(const struct opts *o)
{
	struct batch b = { .report = { .json = o->json, .quiet = o->quiet } };

	for (int i = 0; i < o->token_count; i++) {
		if (strcmp(o->tokens[i], "-") == 0)
			take_lines(&b);
		else
			take_token(&b, span_of(o->tokens[i]), "argument ",
			           (unsigned long)i + 1);
	}
	if (wait_signal() != 0)
		return b.unknown ? 6 : EXIT_SIGNAL + wait_signal();
	return b.status;
}

static bool
prepare_trust(const struct config *c, struct err *e)
{
	work.trust.built = PATRM_BUILD_TIME;
	work.trust.pin_count = c->pin_count;
	memcpy(work.trust.pins, c->pins, sizeof(c->pins));
	if (c->has_time)
		trust_set_time(c->time);
	return trust_open(&work.trust, c->certificates, e);
}

static bool
prepare(const struct opts *o, struct err *e)
{
	struct config *c = &work.config;

	if (!config_resolve(c, o, e))
		return false;
	if (c->server.secure && !prepare_trust(c, e))
		return false;
	client_init(&work.api.client, &c->server, &work.trust);
	if (o->verbose)
		work.api.client.say = report_line;
	work.api.identity = &c->identity;
	work.api.user_agent = "patrm/" PATRM_VERSION;
	work.api.timeout = c->timeout;
	work.api.retries = c->retries;
	work.api.missing_is_done = o->ignore_missing;
	return true;
}

static int
fail(const struct err *e)
{
	report_error(e);
	return err_status(e->code);
}

static int
run(int argc, char **argv)
{
	struct opts *o = &work.opts;
	struct err e = { 0 };
	int status;

	if (!opts_parse(o, argc, argv, &e))
		return fail(&e);
	if (o->help)
		return report_text(opts_put_help) ? 0 : 1;
	if (o->version)
		return report_text(put_version) ? 0 : 1;
	/* After a signal, each TOKEN is told as not tried. */
	if (!prepare(o, &e) && wait_signal() == 0)
		return fail(&e);
	status = run_batch(o);
	client_close(&work.api.client);
	return status;
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };
	int status;

	hide_memory();
	wait_setup();
	if (!hold_standard_streams()) {
		err_set_errno(&e, ERR_FILE_OPEN, "/", errno);
		return fail(&e);
	}
	status = run(argc, argv);
	config_wipe(&work.config);
	input_wipe(&work.input);
	return status;
}
