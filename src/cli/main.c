/* SPDX-License-Identifier: MIT */
/* Storage, the sequence of everything, and the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <mbedtls/version.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/batch.h"
#include "cli/config.h"
#include "net/roots.h"

/* All the memory there is, but for mbedTLS's arena in tls.c. */
static struct {
	struct opts opts;
	struct config config;
	struct verify verify;
	struct api api;
	struct batch batch;
} work;

/* --- The process --- */

/* The file's own header where it is mapped; the linker's name for it. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/*
 * Makes read-only what only relocation had to write: pointers in tables, and
 * the GOT. A dynamic linker does it elsewhere; musl's start code for a static
 * PIE does not. Rounded to whole pages, as there.
 */
static bool
seal_relocations(struct err *e)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;
	const ElfW(Phdr) *p = (const void *)(base + __ehdr_start.e_phoff);
	uintptr_t from, to, page = (uintptr_t)getpagesize();

	while (p->p_type != PT_GNU_RELRO)
		p++; /* the Makefile sees to it that there is one */
	from = (base + p->p_vaddr) & -page;
	to = (base + p->p_vaddr + p->p_memsz) & -page;
	if (mprotect((void *)from, to - from, PROT_READ) == 0)
		return true;
	return err_set_errno(e, ERR_SYSTEM, "mprotect", errno);
}

/*
 * Where standard streams are closed, the next files opened would take their
 * numbers, and a record would go into the connection. A file of no use takes
 * their places: reads and writes of it fail, as they do of a closed one.
 */
static bool
hold_standard_streams(struct err *e)
{
	int file;

	do
		file = open("/", O_PATH | O_CLOEXEC);
	while (file >= 0 && file <= STDERR_FILENO);
	if (file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, "/", errno);
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

/* --- Lists --- */

static void
tell_listed(struct list_reader *reader, const struct json *record,
            const struct uuid *id)
{
	(void)reader, (void)id;
	report_listed(&work.batch.report, record, work.opts.all_members);
}

static int
run_list(void)
{
	const struct opts *o = &work.opts;
	struct report *report = &work.batch.report;
	struct list_reader reader = { .see = tell_listed, .once = true };
	struct api_result r;
	bool told;

	report_list_begin(report);
	list_read(&work.api, o->all_members ? LIST_MEMBERS : LIST_OWN, &reader,
	          deadline_in(work.api.timeout), &r);
	told = report_list_end(report, &r, o->all_members);
	if (wait_signal() != 0)
		return EXIT_SIGNAL + wait_signal();
	return r.status == 0 && !told ? 1 : r.status;
}

/* --- Everything --- */

static bool
prepare_trust(const struct config *c, struct err *e)
{
	work.verify.built = PATRM_BUILD_TIME;
	work.verify.pins = c->pins;
	work.verify.has_time = c->has_time;
	work.verify.time = c->time;
	return castore_open(&work.verify.store, c->certificates, e);
}

static bool
prepare(const struct opts *o, struct err *e)
{
	struct config *c = &work.config;

	if (!config_resolve(c, o, e))
		return false;
	if (c->server.secure && !prepare_trust(c, e))
		return false;
	client_init(&work.api.client, &c->server, &work.verify);
	if (o->verbose)
		work.api.client.say = report_line;
	work.api.identity = &c->identity;
	work.api.user_agent = "patrm/" PATRM_VERSION;
	work.api.timeout = c->timeout;
	work.api.retries = c->retries;
	work.api.missing_is_done = o->ignore_missing;
	return audit_open(&work.batch.audit, o->audit, e);
}

static void
prepare_batch(const struct opts *o)
{
	const struct api_identity *who = &work.config.identity;
	struct batch *b = &work.batch;

	b->api = &work.api;
	b->opts = o;
	b->may_ask_input = !config_reads_input(o);
	b->report.tokens = work.api.tokens;
	if (!who->bearer)
		b->block.secret = (struct span){ who->secret, who->secret_len };
}

static int
fail(const struct err *e)
{
	report_error(&work.batch.report, e);
	return err_status(e->code);
}

static int
run(int argc, char **argv)
{
	struct opts *o = &work.opts;
	struct err e = { 0 };
	bool ready, lists;
	int status;

	if (!opts_parse(o, argc, argv, &e))
		return fail(&e);
	if (o->help)
		return report_text(opts_put_help) ? 0 : 1;
	if (o->version)
		return report_text(put_version) ? 0 : 1;
	lists = o->list || o->all_members;
	work.batch.report.json = o->json;
	work.batch.report.quiet = o->quiet;
	work.batch.report.revokes = o->revoke;
	ready = prepare(o, &e);
	if (!ready && wait_signal() == 0)
		return fail(&e);
	prepare_batch(o);
	/* After a signal each TOKEN is told as not tried; a list has none. */
	if (!lists)
		status = batch_run(&work.batch);
	else
		status = ready ? run_list() : EXIT_SIGNAL + wait_signal();
	client_close(&work.api.client);
	return status;
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };
	bool sealed = seal_relocations(&e);
	int status;

	hide_memory();
	wait_setup();
	if (!hold_standard_streams(&e) || !sealed)
		return fail(&e);
	status = run(argc, argv);
	config_wipe(&work.config);
	input_wipe(&work.batch.input);
	block_clear(&work.batch.block);
	return status;
}
