/* SPDX-License-Identifier: MIT */
/* Tests of cli/config: what counts, what is refused, and where secrets stay. */
/* links: tests/net/peer.c */
#include "cli/config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/peer.h"

#define A "11111111-2222-4333-8444-555555555555"
#define B "22222222-3333-4444-8555-666666666666"
#define PIN "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ARGUMENTS_MAX 40

static struct config config;
static struct err err;

/* --- Surroundings --- */

static const char *const variables[] = {
	"LANGSMITH_ENDPOINT",     "LANGCHAIN_ENDPOINT",
	"LANGSMITH_API_KEY",      "LANGCHAIN_API_KEY",
	"LANGSMITH_BEARER_TOKEN", "LANGSMITH_ORGANIZATION_ID",
	"LANGSMITH_WORKSPACE_ID", "LANGSMITH_TENANT_ID",
	"LANGCHAIN_WORKSPACE_ID", "LANGCHAIN_CUSTOM_HEADERS",
	"SSL_CERT_FILE",          "HOME",
	"LANGSMITH_PROFILE",      "LANGSMITH_CONFIG_FILE",
};

/* The environment from "NAME=value;NAME=value", and nothing else of ours. */
static void set_environment(const char *text)
{
	static char copy[20000];
	char *rest = copy, *item;

	for (size_t i = 0; i < COUNT(variables); i++)
		unsetenv(variables[i]);
	assert_true(strlen(text) < sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	while ((item = strsep(&rest, ";")) != NULL) {
		char *name = strsep(&item, "=");

		if (item != NULL)
			assert_int_equal(setenv(name, item, 1), 0);
	}
}

/* A file in memory with that text; "@" in a command line stands for it. */
static int write_file(struct span text)
{
	int file = memfd_create("key", MFD_CLOEXEC);

	assert_int_equal(write(file, text.at, text.len), text.len);
	return file;
}

/* Resolves a command line whose words are apart by one blank. */
static bool resolve(const char *line, int file)
{
	static char words[2048], path[40];
	char *arguments[ARGUMENTS_MAX + 1] = { words }, *rest = words, *word;
	struct options opts;
	int count = 0;

	snprintf(words, sizeof(words), "patrm %s", line);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (line[0] == '\0')
		rest = NULL; /* no words, not an empty one */
	while ((word = strsep(&rest, " ")) != NULL && count < ARGUMENTS_MAX)
		arguments[count++] = strcmp(word, "@") == 0 ? path : word;
	arguments[count] = NULL;
	err = (struct err){ 0 };
	assert_true(options_parse(&opts, count, arguments, &err));
	memset(&config, 0, sizeof(config));
	return config_resolve(&config, &opts, &err);
}

static bool detail_has(const char *text)
{
	return memmem(err.detail, err.detail_len, text, strlen(text)) != NULL;
}

/* --- What counts --- */

/* What was resolved, as one line; defaults are left out. */
static void put_scope(struct buf *out, const char *name,
                      const struct api_scope *scope)
{
	if (!scope->given)
		return;
	buf_text(out, name);
	uuid_put(out, &scope->id);
}

static void put_config(struct buf *out)
{
	char numbers[80];

	buf_text(out, config.server.secure ? "" : "http ");
	buf_text(out, config.server.host);
	buf_span(out, url_prefix(&config.server));
	buf_text(out, config.api.regions == REGIONS ? " any" : "");
	put_scope(out, " o=", &config.api.identity.organization);
	put_scope(out, " w=", &config.api.identity.workspace);
	if (config.certificates != NULL) {
		buf_text(out, " ca=");
		buf_text(out, config.certificates);
	}
	snprintf(numbers, sizeof(numbers), " %lld/%u",
	         (long long)config.api.timeout, config.api.retries);
	if (strcmp(numbers, " 30000/2") != 0)
		buf_text(out, numbers);
	if (config.has_time) {
		snprintf(numbers, sizeof(numbers), " at=%lld",
		         (long long)config.time);
		buf_text(out, numbers);
	}
	for (size_t i = 0; i < config.pins.count; i++)
		buf_text(out, " pin");
	buf_text(out, config.api.identity.bearer ? " bearer " : " ");
	buf_span(out, (struct span){ config.api.identity.secret,
	                             config.api.identity.secret_len });
}

/* Each with the key "k" in the environment unless that has another. */
static const struct {
	const char *environment, *line, *config;
} rows[] = {
	{ "", "x", "api.smith.langchain.com k" },
	/* the endpoint */
	{ "", "-e https://h/api/v1 x", "h k" },
	{ "", "-e http://h/p x", "http h/p k" },
	{ "", "--region us x", "api.smith.langchain.com k" },
	{ "", "--region eu x", "eu.api.smith.langchain.com k" },
	{ "", "--region apac x", "apac.api.smith.langchain.com k" },
	{ "", "--region aws x", "aws.api.smith.langchain.com k" },
	{ "", "--region any x", "api.smith.langchain.com any k" },
	{ "LANGSMITH_ENDPOINT=https://e", "--region any x",
	  "api.smith.langchain.com any k" },
	{ "LANGSMITH_ENDPOINT=https://e", "x", "e k" },
	{ "LANGCHAIN_ENDPOINT=https://c", "x", "c k" },
	{ "LANGSMITH_ENDPOINT=https://e;LANGCHAIN_ENDPOINT=https://c", "x",
	  "e k" },
	{ "LANGSMITH_ENDPOINT=;LANGCHAIN_ENDPOINT=https://c", "x", "c k" },
	{ "LANGSMITH_ENDPOINT= ;LANGCHAIN_ENDPOINT=", "x",
	  "api.smith.langchain.com k" },
	{ "LANGSMITH_ENDPOINT= \t\"https://e\"\r\n", "x", "e k" },
	{ "LANGSMITH_ENDPOINT='https://e'", "x", "e k" },
	{ "LANGSMITH_ENDPOINT=https://e", "-e https://h x", "h k" },
	{ "LANGSMITH_ENDPOINT=https://e", "--region eu x",
	  "eu.api.smith.langchain.com k" },
	{ "LANGSMITH_ENDPOINT=no URL", "-e https://h x", "h k" },
	/* the scope */
	{ "", "-o " A " x", "api.smith.langchain.com o=" A " k" },
	{ "", "-w " A " x", "api.smith.langchain.com w=" A " k" },
	{ "LANGSMITH_ORGANIZATION_ID=" A ";LANGSMITH_WORKSPACE_ID=" B, "x",
	  "api.smith.langchain.com o=" A " w=" B " k" },
	{ "LANGSMITH_TENANT_ID=" A, "x", "api.smith.langchain.com w=" A " k" },
	{ "LANGSMITH_TENANT_ID=" A ";LANGSMITH_WORKSPACE_ID=" B, "x",
	  "api.smith.langchain.com w=" B " k" },
	{ "LANGSMITH_TENANT_ID=" A ";LANGSMITH_WORKSPACE_ID=", "x",
	  "api.smith.langchain.com w=" A " k" },
	{ "LANGCHAIN_WORKSPACE_ID=" A, "x",
	  "api.smith.langchain.com w=" A " k" },
	{ "LANGCHAIN_WORKSPACE_ID=" A ";LANGSMITH_TENANT_ID=" B, "x",
	  "api.smith.langchain.com w=" B " k" },
	{ "LANGSMITH_ORGANIZATION_ID=" A ";LANGSMITH_WORKSPACE_ID=" A,
	  "-o " B " -w " B " x", "api.smith.langchain.com o=" B " w=" B " k" },
	{ "LANGSMITH_ORGANIZATION_ID= '" A "'", "x",
	  "api.smith.langchain.com o=" A " k" },
	{ "LANGSMITH_ORGANIZATION_ID=", "x", "api.smith.langchain.com k" },
	{ "LANGSMITH_ORGANIZATION_ID=no UUID", "-o " A " x",
	  "api.smith.langchain.com o=" A " k" },
	/* --self -: no key, and no scope of one */
	{ "", "--self -", "api.smith.langchain.com " },
	{ "LANGSMITH_API_KEY=a b;LANGSMITH_ORGANIZATION_ID=x;"
	  "LANGSMITH_WORKSPACE_ID=" A ";LANGSMITH_ENDPOINT=https://e",
	  "--self -", "e " },
	{ "LANGSMITH_BEARER_TOKEN=t", "--self - -o " A " -w " B,
	  "api.smith.langchain.com o=" A " w=" B " " },
	{ "LANGSMITH_CONFIG_FILE=/nowhere", "--self - --region eu",
	  "eu.api.smith.langchain.com " },
	/* numbers */
	{ "", "-t 1 x", "api.smith.langchain.com 1000/2 k" },
	{ "", "-t 00086 x", "api.smith.langchain.com 86000/2 k" },
	{ "", "-t 86400 --retries 100 x",
	  "api.smith.langchain.com 86400000/100 k" },
	{ "", "--retries 0 x", "api.smith.langchain.com 30000/0 k" },
	/* trust */
	{ "", "--cacert f x", "api.smith.langchain.com ca=f k" },
	{ "SSL_CERT_FILE=e", "x", "api.smith.langchain.com ca=e k" },
	{ "SSL_CERT_FILE=e", "--cacert f x", "api.smith.langchain.com ca=f k" },
	{ "SSL_CERT_FILE=e", "--cacert builtin x",
	  "api.smith.langchain.com ca=builtin k" },
	{ "SSL_CERT_FILE=", "x", "api.smith.langchain.com k" },
	{ "", "--at 2026-11-23T10:00:00Z x",
	  "api.smith.langchain.com at=1795428000 k" },
	{ "", "--pin " PIN " --pin " PIN " x",
	  "api.smith.langchain.com pin pin k" },
	/* the secret */
	{ "LANGSMITH_API_KEY=a", "x", "api.smith.langchain.com a" },
	{ "LANGCHAIN_API_KEY=b", "x", "api.smith.langchain.com b" },
	{ "LANGSMITH_API_KEY=a;LANGCHAIN_API_KEY=b", "x",
	  "api.smith.langchain.com a" },
	{ "LANGSMITH_API_KEY=;LANGCHAIN_API_KEY=b", "x",
	  "api.smith.langchain.com b" },
	{ "LANGSMITH_API_KEY=\" '\";LANGCHAIN_API_KEY=b", "x",
	  "api.smith.langchain.com b" },
	{ "LANGSMITH_API_KEY= \t'a\"\r\n", "x", "api.smith.langchain.com a" },
	{ "LANGSMITH_API_KEY=a", "-k @ x", "api.smith.langchain.com file" },
	{ "LANGSMITH_API_KEY=a\r\nb", "-k @ x",
	  "api.smith.langchain.com file" },
	{ "LANGSMITH_BEARER_TOKEN=t", "-o " A " x",
	  "api.smith.langchain.com o=" A " bearer t" },
	{ "LANGSMITH_BEARER_TOKEN=t;LANGSMITH_TENANT_ID=" A, "x",
	  "api.smith.langchain.com w=" A " bearer t" },
	{ "LANGSMITH_BEARER_TOKEN=t;LANGSMITH_API_KEY=a", "-o " A " x",
	  "api.smith.langchain.com o=" A " bearer t" },
	{ "LANGSMITH_BEARER_TOKEN= ;LANGSMITH_API_KEY=a", "x",
	  "api.smith.langchain.com a" },
	{ "LANGSMITH_BEARER_TOKEN=t", "-k @ x",
	  "api.smith.langchain.com file" },
	{ "LANGSMITH_API_KEY=a", "--bearer-file @ -o " A " x",
	  "api.smith.langchain.com o=" A " bearer file" },
	/* a broken file of profiles that nothing depends on */
	{ "LANGSMITH_CONFIG_FILE=/nowhere", "-e https://h -k @ x", "h file" },
	{ "LANGSMITH_CONFIG_FILE=/nowhere;LANGSMITH_API_KEY=a",
	  "-e https://h x", "h a" },
	{ "LANGSMITH_CONFIG_FILE=/nowhere;LANGSMITH_ENDPOINT=https://e;"
	  "LANGCHAIN_API_KEY=a",
	  "x", "e a" },
	{ "LANGSMITH_CONFIG_FILE=/nowhere",
	  "--region eu --bearer-file @ -w " A " x",
	  "eu.api.smith.langchain.com w=" A " bearer file" },
};

static void options_beat_the_environment(void **state)
{
	int file = write_file(SPAN("file\n"));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char label[512];
		uint8_t room[512];
		struct buf out = BUF_OVER(room);

		snprintf(label, sizeof(label), "%s patrm %s",
		         rows[i].environment, rows[i].line);
		set_environment(rows[i].environment);
		if (getenv("LANGSMITH_API_KEY") == NULL)
			setenv("LANGCHAIN_API_KEY", "k", 0);
		assert_row(label, resolve(rows[i].line, file));
		assert_row(label, err.code == ERR_NONE);
		put_config(&out);
		assert_span(label, buf_written(&out), span_of(rows[i].config));
	}
	close(file);
}

/* --- What is refused --- */

static const struct {
	const char *environment, *line;
	enum err_code code;
	const char *says;
} refused[] = {
	{ "LANGSMITH_API_KEY=a", "", ERR_NO_TOKEN, "" },
	{ "LANGSMITH_API_KEY=a", "-j", ERR_NO_TOKEN, "" },
	{ "", "x", ERR_NO_KEY, "" },
	{ "LANGSMITH_API_KEY=;LANGCHAIN_API_KEY= '\"", "x", ERR_NO_KEY, "" },
	/* what excludes each other */
	{ "", "-q -v x", ERR_OPTION_PAIR, "-q" },
	{ "", "-k f --bearer-file f x", ERR_OPTION_PAIR, "bearer" },
	{ "", "-e https://h --region eu x", ERR_OPTION_PAIR, "region" },
	{ "", "-e http://127.0.0.1 --pin " PIN " x", ERR_OPTION_PAIR, "pin" },
	{ "LANGSMITH_ENDPOINT=http://127.0.0.1", "--pin " PIN " x",
	  ERR_OPTION_PAIR, "pin" },
	{ "", "-k - -", ERR_STDIN_TWICE, "" },
	{ "", "--bearer-file - -", ERR_STDIN_TWICE, "" },
	{ "", "- -", ERR_STDIN_TWICE, "" },
	{ "", "- x -", ERR_STDIN_TWICE, "" },
	/* values */
	{ "", "--region EU x", ERR_REGION, "" },
	{ "", "--region  x", ERR_REGION, "" },
	{ "", "-e h x", ERR_URL, "" },
	{ "", "-e  x", ERR_URL, "" },
	{ "LANGSMITH_ENDPOINT=h", "x", ERR_URL, "" },
	{ "", "-o x x", ERR_UUID, "the organization" },
	{ "", "-o  x", ERR_UUID, "the organization" },
	{ "", "-o " A "\n x", ERR_UUID, "the organization" },
	{ "LANGSMITH_ORGANIZATION_ID=x", "x", ERR_UUID, "the organization" },
	{ "", "-w x x", ERR_UUID, "the workspace" },
	{ "LANGSMITH_TENANT_ID=" A "0", "x", ERR_UUID, "the workspace" },
	{ "", "-t 0 x", ERR_OPTION_NUMBER, "" },
	{ "", "-t 00000 x", ERR_OPTION_NUMBER, "" },
	{ "", "-t 86401 x", ERR_OPTION_NUMBER, "" },
	{ "", "-t 4294967297 x", ERR_OPTION_NUMBER, "" },
	{ "", "-t -1 x", ERR_OPTION_NUMBER, "" },
	{ "", "-t +1 x", ERR_OPTION_NUMBER, "" },
	{ "", "-t 1.5 x", ERR_OPTION_NUMBER, "" },
	{ "", "-t 1s x", ERR_OPTION_NUMBER, "" },
	{ "", "-t  x", ERR_OPTION_NUMBER, "" },
	{ "", "--retries 101 x", ERR_OPTION_NUMBER, "" },
	{ "", "--retries -1 x", ERR_OPTION_NUMBER, "" },
	{ "", "-l --unused-for 36501", ERR_OPTION_NUMBER, "36501" },
	{ "", "-l --unused-for=", ERR_OPTION_NUMBER, "" },
	{ "", "-l --older-than -1", ERR_OPTION_NUMBER, "-1" },
	{ "", "-l --older-than 1d", ERR_OPTION_NUMBER, "1d" },
	{ "", "-l --owner=", ERR_OPTION_VALUE, "--owner" },
	{ "", "--owner x y", ERR_OPTION_LIST, "--owner" },
	{ "", "--at yesterday x", ERR_TIME_FORM, "" },
	{ "", "--at 2026-11-23 x", ERR_TIME_FORM, "" },
	{ "", "--pin sha256//AAAA x", ERR_PIN_FORM, "" },
	{ "", "--pin " PIN " --pin x x", ERR_PIN_FORM, "" },
	/* the secret */
	{ "", "-k /nowhere/at.all x", ERR_FILE_OPEN, "/nowhere/at.all" },
	{ "", "-k / x", ERR_FILE_READ, "/" },
	{ "", "-k /dev/null x", ERR_SECRET_EMPTY, "/dev/null" },
	{ "", "-k /dev/zero x", ERR_SECRET_LONG, "/dev/zero" },
	{ "LANGSMITH_API_KEY=a\nb", "x", ERR_SECRET_BYTES, "environment" },
	{ "LANGSMITH_API_KEY=a b", "x", ERR_SECRET_BYTES, "environment" },
	{ "LANGSMITH_API_KEY=a\xc3\xa4", "x", ERR_SECRET_BYTES, "environment" },
	{ "LANGSMITH_BEARER_TOKEN=a\rb", "-o " A " x", ERR_SECRET_BYTES,
	  "LANGSMITH_BEARER_TOKEN" },
	{ "LANGSMITH_BEARER_TOKEN=t", "x", ERR_BEARER_SCOPE, "" },
	{ "LANGSMITH_BEARER_TOKEN=t;LANGSMITH_API_KEY=a", "x", ERR_BEARER_SCOPE,
	  "" },
	{ "", "--bearer-file @ x", ERR_BEARER_SCOPE, "" },
	/* --list, --self and --verify */
	{ "", "-l x", ERR_OPTION_PAIR, "--list and a TOKEN" },
	{ "", "--all-members x", ERR_OPTION_PAIR, "--list and a TOKEN" },
	{ "", "-l --self", ERR_OPTION_PAIR, "--list and --self" },
	{ "", "--self x", ERR_OPTION_PAIR, "--self and a TOKEN" },
	{ "", "--self - x", ERR_OPTION_PAIR, "--self and a TOKEN" },
	{ "", "--self x -", ERR_OPTION_PAIR, "--self and a TOKEN" },
	{ "", "--self - -l", ERR_OPTION_PAIR, "--list and --self" },
	{ "", "--self - -k @", ERR_OPTION_PAIR, "--self -" },
	{ "", "--self - -o " A " --bearer-file @", ERR_OPTION_PAIR,
	  "--self -" },
	{ "LANGSMITH_CONFIG_FILE=/nowhere", "--self -", ERR_FILE_OPEN,
	  "/nowhere" },
	{ "", "--verify -n x", ERR_OPTION_PAIR, "--verify" },
	{ "LANGSMITH_BEARER_TOKEN=t", "--self -o " A, ERR_OPTION_PAIR,
	  "bearer" },
	{ "", "--bearer-file @ --self -o " A, ERR_OPTION_PAIR, "bearer" },
	{ "LANGSMITH_API_KEY=a", "--self", ERR_SELF_KEY, "" },
	{ "LANGSMITH_API_KEY=lsv2_pt_3f2b...9d10", "--self", ERR_SELF_KEY, "" },
	{ "LANGSMITH_API_KEY=a", "--profile p x", ERR_PROFILE, "p" },
	{ "LANGSMITH_API_KEY=a;LANGSMITH_CONFIG_FILE=/nowhere", "x",
	  ERR_FILE_OPEN, "/nowhere" },
	{ "LANGSMITH_CONFIG_FILE=/nowhere", "-e https://h -k @ --profile p x",
	  ERR_FILE_OPEN, "/nowhere" },
	{ "LANGSMITH_CONFIG_FILE=/nowhere", "-k @ x", ERR_FILE_OPEN,
	  "/nowhere" },
	/* for a gateway */
	{ "LANGSMITH_API_KEY=a", "--key @ x", ERR_CLIENT_NO_CERT, "" },
	{ "LANGSMITH_API_KEY=a", "-e http://127.0.0.1 --cert @ x",
	  ERR_OPTION_PAIR, "--cert" },
	{ "LANGSMITH_API_KEY=a", "--cert /nowhere x", ERR_FILE_OPEN,
	  "/nowhere" },
	{ "LANGSMITH_API_KEY=a", "--cert @ --key / x", ERR_FILE_READ, "/" },
	{ "LANGSMITH_API_KEY=a", "--cert /dev/zero x", ERR_CLIENT_CHAIN,
	  "/dev/zero" },
	{ "LANGSMITH_API_KEY=a", "--key - --cert - x", ERR_STDIN_TWICE, "" },
	{ "LANGSMITH_API_KEY=a", "--header-file - -", ERR_STDIN_TWICE, "" },
	{ "LANGSMITH_API_KEY=a", "--header-file /dev/zero x", ERR_HEADERS,
	  "/dev/zero" },
	{ "LANGSMITH_API_KEY=a", "--header-file @ x", ERR_HEADERS, "line 1" },
	/* LangSmith's web pages */
	{ "", "-e https://smith.langchain.com x", ERR_WEB_PAGE,
	  "https://api.smith.langchain.com" },
	{ "", "-e https://EU.smith.langchain.com./api/v1 x", ERR_WEB_PAGE,
	  "https://eu.api.smith.langchain.com" },
	{ "LANGCHAIN_ENDPOINT=http://apac.smith.langchain.com:81", "x",
	  ERR_WEB_PAGE, "https://apac.api.smith.langchain.com" },
	{ "", "-e https://aws.smith.langchain.com/o/1/settings x", ERR_WEB_PAGE,
	  "https://aws.api.smith.langchain.com" },
};

static void combinations_are_refused(void **state)
{
	int file = write_file(SPAN("file\n"));
	size_t files = open_files();

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		char label[512];

		snprintf(label, sizeof(label), "%s patrm %s",
		         refused[i].environment, refused[i].line);
		set_environment(refused[i].environment);
		assert_row(label, !resolve(refused[i].line, file));
		assert_row(label, err.code == refused[i].code);
		assert_row(label, detail_has(refused[i].says));
		assert_row(label, open_files() == files);
	}
	close(file);
}

/* --- Profiles --- */

#define PROFILES \
	"{\"profiles\":{\"p\":{\"api_url\":\"https://p\",\"api_key\":" \
	"\"pk\",\"workspace_id\":\"" A "\"},\"default\":{\"api_key\":" \
	"\"dk\"},\"b\":{\"api_key\":\"bk\",\"workspace_id\":\"" A \
	"\",\"oauth\":{\"access_token\":\"bt\"}},\"empty\":{}}}"

static const struct {
	const char *environment, *line;
	const char *config; /* NULL: refused */
	enum err_code code;
} profiles[] = {
	{ "", "x", "api.smith.langchain.com dk", ERR_NONE },
	{ "", "--profile p x", "p w=" A " pk", ERR_NONE },
	{ "LANGSMITH_PROFILE=p", "x", "p w=" A " pk", ERR_NONE },
	{ "LANGSMITH_PROFILE=p", "--profile default x",
	  "api.smith.langchain.com dk", ERR_NONE },
	{ "", "--profile b x", "api.smith.langchain.com w=" A " bearer bt",
	  ERR_NONE },
	/* the environment goes before a profile, unless it was named */
	{ "LANGSMITH_API_KEY=k", "x", "api.smith.langchain.com k", ERR_NONE },
	{ "LANGSMITH_PROFILE=p;LANGSMITH_API_KEY=k;LANGSMITH_WORKSPACE_ID=" B,
	  "x", "p w=" B " k", ERR_NONE },
	{ "LANGSMITH_ENDPOINT=https://e;LANGSMITH_API_KEY=k;"
	  "LANGSMITH_WORKSPACE_ID=" B,
	  "--profile p x", "p w=" A " pk", ERR_NONE },
	{ "LANGSMITH_BEARER_TOKEN=t", "--profile p x", "p w=" A " pk",
	  ERR_NONE },
	{ "LANGSMITH_API_KEY=k", "--profile empty x",
	  "api.smith.langchain.com k", ERR_NONE },
	/* flags go before all */
	{ "", "--profile p -k @ -w " B " x", "p w=" B " file", ERR_NONE },
	{ "", "--profile p -e https://h x", "h w=" A " pk", ERR_NONE },
	{ "", "--profile p --region eu x",
	  "eu.api.smith.langchain.com w=" A " pk", ERR_NONE },
	/* its secret is only for its endpoint */
	{ "LANGSMITH_ENDPOINT=https://e", "x", NULL, ERR_PROFILE_KEY },
	{ "LANGSMITH_ENDPOINT=https://e;LANGSMITH_PROFILE=p", "x", NULL,
	  ERR_PROFILE_KEY },
	{ "LANGSMITH_ENDPOINT=https://e", "--profile default x", NULL,
	  ERR_PROFILE_KEY },
	{ "LANGSMITH_ENDPOINT=https://p/;LANGSMITH_PROFILE=p", "x",
	  "p w=" A " pk", ERR_NONE },
	{ "LANGSMITH_ENDPOINT=https://e;LANGSMITH_API_KEY=k", "x", "e k",
	  ERR_NONE },
	{ "", "--profile empty x", NULL, ERR_NO_KEY },
	{ "", "--profile none x", NULL, ERR_PROFILE },
};

static void a_profile_counts_where_it_may(void **state)
{
	int file = write_file(SPAN("file\n"));
	int text = write_file(SPAN(PROFILES));

	(void)state;
	for (size_t i = 0; i < COUNT(profiles); i++) {
		char label[512], path[40];
		uint8_t room[512];
		struct buf out = BUF_OVER(room);
		bool resolved;

		snprintf(label, sizeof(label), "%s patrm %s",
		         profiles[i].environment, profiles[i].line);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", text);
		set_environment(profiles[i].environment);
		setenv("LANGSMITH_CONFIG_FILE", path, 1);
		resolved = resolve(profiles[i].line, file);
		assert_row(label, err.code == profiles[i].code);
		assert_row(label, resolved == (profiles[i].config != NULL));
		assert_row(label, config.profile.file_len == 0);
		if (!resolved)
			continue;
		put_config(&out);
		assert_span(label, buf_written(&out),
		            span_of(profiles[i].config));
	}
	close(text);
	close(file);
}

/* --- Which tokens of a list --- */

static void what_is_chosen_from_a_list_is_resolved(void **state)
{
	const struct token_filter *f = &config.filter;
	int file = write_file(SPAN("key"));

	(void)state;
	set_environment("");
	assert_true(resolve("-k @ -l", file));
	assert_true(!f->ended && f->unused_days == 0 && f->age_days == 0 &&
	            f->owner.len == 0);
	assert_true(resolve("-k @ -l --expired --unused-for 36500 "
	                    "--older-than 7 --owner Bob",
	                    file));
	assert_true(f->ended);
	assert_int_equal(f->unused_days, 36500);
	assert_int_equal(f->age_days, 7);
	assert_span("owner", f->owner, SPAN("Bob"));
	close(file);
}

static void a_wrong_clock_knows_no_age(void **state)
{
	static const struct {
		const char *line;
		int64_t now, counts; /* 0: refused */
	} clocks[] = {
		{ "-k @ -l --expired", 2000, 2000 },
		{ "-k @ -l --expired", 1000, 1000 },
		{ "-k @ -l --expired", 999, 0 },
		{ "-k @ -l --unused-for 1", 0, 0 },
		{ "-k @ -l --older-than 1", 999, 0 },
		{ "-k @ -l --older-than 1 --at 1970-01-01T00:00:07Z", 999, 7 },
		{ "-k @ -l --expired --at 1970-01-01T00:00:07Z", 2000, 7 },
		/* these are not about age */
		{ "-k @ -l", 999, 1000 },
		{ "-k @ -l --owner x", 999, 1000 },
		{ "-k @ x", 999, 1000 },
	};
	int file = write_file(SPAN("key"));

	(void)state;
	set_environment("");
	for (size_t i = 0; i < COUNT(clocks); i++) {
		const char *label = clocks[i].line;
		bool known;

		assert_true(resolve(label, file));
		known = config_set_clock(&config, clocks[i].now, 1000, &err);
		assert_row(label, known == (clocks[i].counts != 0));
		if (known)
			assert_row(label,
			           config.filter.now == clocks[i].counts);
		else
			assert_row(label, err.code == ERR_CLOCK &&
			                          detail_has("1970-01-01"));
	}
	close(file);
}

/* --- Files with a secret --- */

static const struct {
	const char *label;
	struct span content;
	enum err_code code;
	const char *secret;
} files[] = {
	{ "a line", BYTES("key\n"), ERR_NONE, "key" },
	{ "no newline", BYTES("key"), ERR_NONE, "key" },
	{ "CRLF", BYTES("key\r\n"), ERR_NONE, "key" },
	{ "blanks and quotes", BYTES("\n \t\"'key'\" \n\n"), ERR_NONE, "key" },
	{ "every byte a key may have",
	  BYTES("!#$%&()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\"x"), ERR_NONE,
	  "!#$%&()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\"x" },
	{ "nothing", BYTES(""), ERR_SECRET_EMPTY, NULL },
	{ "blanks", BYTES(" \n\"\"\r\n"), ERR_SECRET_EMPTY, NULL },
	{ "two lines", BYTES("key\nkey\n"), ERR_SECRET_BYTES, NULL },
	{ "two words", BYTES("my key"), ERR_SECRET_BYTES, NULL },
	{ "NUL inside", BYTES("k\0y"), ERR_SECRET_BYTES, NULL },
	{ "NUL behind", BYTES("key\0"), ERR_SECRET_BYTES, NULL },
	{ "NUL before", BYTES("\0key"), ERR_SECRET_BYTES, NULL },
	{ "CR inside", BYTES("k\ry"), ERR_SECRET_BYTES, NULL },
	{ "DEL", BYTES("k\x7f"), ERR_SECRET_BYTES, NULL },
	{ "UTF-8", BYTES("k\xc3\xa4y"), ERR_SECRET_BYTES, NULL },
	{ "a byte order mark", BYTES("\xef\xbb\xbfkey\n"), ERR_NONE, "key" },
	{ "a mark and blanks", BYTES("\xef\xbb\xbf \"key\"\r\n"), ERR_NONE,
	  "key" },
	{ "two marks", BYTES("\xef\xbb\xbf\xef\xbb\xbfkey"), ERR_SECRET_BYTES,
	  NULL },
	{ "a mark behind it", BYTES("key\xef\xbb\xbf"), ERR_SECRET_BYTES,
	  NULL },
	{ "nothing but a mark", BYTES("\xef\xbb\xbf\n"), ERR_SECRET_EMPTY,
	  NULL },
};

static void check_file(const char *label, struct span content,
                       enum err_code code, struct span secret)
{
	int file = write_file(content);

	set_environment("");
	assert_row(label, resolve("-k @ x", file) == (code == ERR_NONE));
	assert_row(label, err.code == code);
	if (code == ERR_NONE)
		assert_span(label,
		            (struct span){ config.api.identity.secret,
		                           config.api.identity.secret_len },
		            secret);
	/* None of it is in the error. */
	assert_row(label, !detail_has("key"));
	close(file);
}

static void a_file_holds_one_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		check_file(files[i].label, files[i].content, files[i].code,
		           files[i].secret != NULL ? span_of(files[i].secret)
		                                   : SPAN(""));
}

static void a_secret_has_a_longest_length(void **state)
{
	static uint8_t bytes[10000000];
	struct span all = { bytes, sizeof(bytes) };
	const struct span longest = { bytes, SECRET_MAX };

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	check_file("longest", longest, ERR_NONE, longest);
	check_file("longer", (struct span){ bytes, SECRET_MAX + 1 },
	           ERR_SECRET_LONG, SPAN(""));
	check_file("10 MB", all, ERR_SECRET_LONG, SPAN(""));
	bytes[SECRET_MAX] = '\n';
	check_file("longest with a newline",
	           (struct span){ bytes, SECRET_MAX + 1 }, ERR_NONE, longest);
	memset(bytes + SECRET_MAX, '\n', 1000);
	check_file("many newlines", (struct span){ bytes, SECRET_MAX + 1000 },
	           ERR_SECRET_LONG, SPAN(""));
}

/* From a pipe, in pieces, as from a command: patrm -k <(command). */
static void a_secret_comes_through_a_pipe(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (fork() == 0) {
		usleep(20000);
		(void)!write(ends[1], "ke", 2);
		usleep(20000);
		(void)!write(ends[1], "y\n", 2);
		_exit(0);
	}
	close(ends[1]);
	set_environment("");
	assert_true(resolve("-k @ x", ends[0]));
	close(ends[0]);
	assert_span("secret",
	            (struct span){ config.api.identity.secret,
	                           config.api.identity.secret_len },
	            SPAN("key"));
}

static void a_secret_comes_from_standard_input(void **state)
{
	int former = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
	int file = write_file(SPAN("key\n"));
	bool resolved;

	(void)state;
	lseek(file, 0, SEEK_SET);
	dup2(file, STDIN_FILENO);
	close(file);
	set_environment("");
	resolved = resolve("-k - x", -1);
	/* It stays open: others may read on. */
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	dup2(former, STDIN_FILENO);
	close(former);
	assert_true(resolved);
	assert_int_equal(config.api.identity.secret_len, 3);
}

static int be_stopped(void)
{
	int ends[2];

	wait_setup();
	if (pipe2(ends, O_CLOEXEC) != 0)
		return 1;
	set_environment("");
	raise(SIGTERM);
	return !resolve("-k @ x", ends[0]) && err.code == ERR_SIGNAL ? 0 : 2;
}

static void a_signal_ends_the_wait_for_a_key(void **state)
{
	(void)state;
	assert_int_equal(in_child(be_stopped), 0);
}

/* --- Where secrets stay --- */

extern char **environ;

static bool environment_has(const char *text)
{
	for (char **at = environ; *at != NULL; at++)
		if (strstr(*at, text) != NULL)
			return true;
	return false;
}

/* Whatever comes of it: used, not used, or an error before or after. */
static void secrets_leave_the_environment(void **state)
{
	static const char *const lines[] = {
		"x",      "-k @ x",        "-o " A " x", "-q -v x", "",
		"-t 0 x", "-k /nowhere x", "-e h x",     "-o x x",  "--at x x",
	};
	static const char *const names[] = { "LANGSMITH_API_KEY",
		                             "LANGCHAIN_API_KEY",
		                             "LANGSMITH_BEARER_TOKEN",
		                             "LANGCHAIN_CUSTOM_HEADERS" };
	int file = write_file(SPAN("file\n"));

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *values[COUNT(names)];

		set_environment("LANGSMITH_API_KEY= s3cret;"
		                "LANGCHAIN_API_KEY='s3cret';"
		                "LANGSMITH_BEARER_TOKEN=s3cret;"
		                "LANGCHAIN_CUSTOM_HEADERS=A: s3cret;"
		                "LANGSMITH_ENDPOINT=https://h");
		for (size_t k = 0; k < COUNT(names); k++)
			values[k] = getenv(names[k]);
		assert_true(environment_has("s3cret"));
		resolve(lines[i], file);
		assert_row(lines[i], !environment_has("cret"));
		for (size_t k = 0; k < COUNT(names); k++)
			assert_memory_equal(values[k], "\0\0\0\0\0\0", 6);
		/* Nothing else is taken away. */
		assert_row(lines[i], environment_has("https://h"));
	}
	close(file);
}

/* A name that stands twice, as a caller of execve(2) may have it. */
static void a_secret_that_is_there_twice_is_gone(void **state)
{
	char first[] = "LANGSMITH_API_KEY=s3cret1";
	char second[] = "LANGSMITH_API_KEY=s3cret2";
	char *twice[] = { first, second, NULL }, **former = environ;
	bool resolved;

	(void)state;
	environ = twice;
	resolved = resolve("x", -1);
	environ = former;
	assert_true(resolved);
	assert_null(strstr(first, "s3cret"));
	assert_null(strstr(second, "s3cret"));
}

/* --- Headers for a gateway --- */

#define RESERVED(name) \
	{ \
		name ": x\n", NULL, "patrm sets " name " itself" \
	}

static void headers_are_lines(void **state)
{
	static const struct {
		const char *text;
		const char *sent; /* NULL: refused */
		const char *says;
	} cases[] = {
		{ "", "", "" },
		{ "A: b", "A: b\r\n", "" },
		{ "A: b\nC-D:e\n", "A: b\r\nC-D: e\r\n", "" },
		{ "\r\n# a comment\r\n  A:\tb c \r\n\r\n", "A: b c\r\n", "" },
		{ "A: b\nA: c\n", "A: b\r\nA: c\r\n", "" },
		{ "X-Y: a:b\"c\"\n", "X-Y: a:b\"c\"\r\n", "" },
		{ "A: \xc3\xa4\n", "A: \xc3\xa4\r\n", "" },
		{ "A\n", NULL, "line 1" },
		{ "A: b\n: c\n", NULL, "line 2" },
		{ "A:\n", NULL, "line 1" },
		{ "A : b\n", NULL, "line 1" },
		{ "A B: c\n", NULL, "line 1" },
		{ "A: b\rX: c\n", NULL, "line 1" },
		{ "A: b\x01\n", NULL, "line 1" },
		{ "A: b\x7f\n", NULL, "line 1" },
		{ "A\xc3\xa4: b\n", NULL, "line 1" },
		{ "{\"A\": \"b\"}", NULL, "line 1" },
		{ "hOST: x\n", NULL, "patrm sets hOST itself" },
		RESERVED("Host"),
		RESERVED("User-Agent"),
		RESERVED("Accept"),
		RESERVED("Accept-Encoding"),
		RESERVED("Authorization"),
		RESERVED("X-API-Key"),
		RESERVED("X-Organization-Id"),
		RESERVED("X-Tenant-Id"),
		RESERVED("Content-Length"),
		RESERVED("Transfer-Encoding"),
		RESERVED("Connection"),
		RESERVED("Expect"),
		RESERVED("Upgrade"),
		RESERVED("TE"),
		RESERVED("Trailer"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int file = write_file(span_of(cases[i].text));
		bool resolved;

		set_environment("LANGSMITH_API_KEY=k;"
		                "LANGCHAIN_CUSTOM_HEADERS=not read");
		resolved = resolve("--header-file @ x", file);
		close(file);
		assert_row(cases[i].text, resolved == (cases[i].sent != NULL));
		assert_row(cases[i].text, detail_has(cases[i].says));
		if (resolved)
			assert_span(cases[i].text, config.api.headers,
			            span_of(cases[i].sent));
		else
			assert_int_equal(err.code, ERR_HEADERS);
	}
}

static void headers_have_a_longest_length(void **state)
{
	static char text[HEADERS_MAX + 1];

	(void)state;
	memset(text, 'h', HEADERS_MAX);
	memcpy(text, "A: ", 3);
	for (size_t len = HEADERS_MAX; len > HEADERS_MAX - 5; len--) {
		int file = write_file((struct span){ (void *)text, len });

		set_environment("LANGSMITH_API_KEY=k");
		/* CRLF must have room, too. */
		assert_int_equal(resolve("--header-file @ x", file),
		                 len <= HEADERS_MAX - 2);
		close(file);
	}
}

static void headers_come_from_the_environment(void **state)
{
	(void)state;
	set_environment("LANGSMITH_API_KEY=k;"
	                "LANGCHAIN_CUSTOM_HEADERS=A: b\nC: d");
	assert_true(resolve("x", -1));
	assert_span("headers", config.api.headers, SPAN("A: b\r\nC: d\r\n"));
	set_environment("LANGSMITH_API_KEY=k;LANGCHAIN_CUSTOM_HEADERS=s3cret");
	assert_false(resolve("x", -1));
	assert_true(detail_has("line 1 of LANGCHAIN_CUSTOM_HEADERS"));
	assert_false(detail_has("s3cret"));
}

static void all_is_wiped(const void *from, size_t len)
{
	const uint8_t *bytes = from;

	for (size_t i = 0; i < len; i++)
		if (memcmp(bytes + i, "s3c", len - i < 3 ? len - i : 3) == 0)
			fail_msg("it is still there");
}

static void what_a_gateway_gets_is_wiped(void **state)
{
	int file = write_file(SPAN("s3cret: s3cret\n"));

	(void)state;
	set_environment("LANGSMITH_API_KEY=k");
	assert_true(resolve("--header-file @ --cert @ --key @ x", file));
	config_wipe(&config);
	all_is_wiped(&config, sizeof(config));
	close(file);
}

/* --- Logins --- */

static void a_login_may_have_expired(void **state)
{
	static const struct {
		const char *oauth, *line;
		int64_t expired;
	} cases[] = {
		{ "\"2026-04-29T18:00:00Z\"", "--at 2026-04-29T18:00:00Z x",
		  1777485600 },
		{ "\"2026-04-29T18:00:00Z\"", "--at 2026-04-29T17:59:59Z x",
		  0 },
		{ "\"2020-04-29T18:00:00.5+02:00\"", "x", 1588176000 },
		{ "\"9999-04-29T18:00:00Z\"", "x", 0 },
		/* what cannot be read is no reason to fail */
		{ "\"soon\"", "x", 0 },
		{ "1", "x", 0 },
		{ "null", "x", 0 },
		{ "{}", "x", 0 },
		/* the key is another's */
		{ "\"2020-04-29T18:00:00Z\"", "-k @ x", 0 },
	};
	int key = write_file(SPAN("key\n"));

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[256];
		int file;

		snprintf(text, sizeof(text),
		         "{\"profiles\":{\"default\":{\"workspace_id\":\"" A
		         "\",\"oauth\":{\"access_token\":\"t\",\"expires_at\""
		         ":%s}}}}",
		         cases[i].oauth);
		file = write_file(span_of(text));
		snprintf(text, sizeof(text),
		         "LANGSMITH_CONFIG_FILE=/proc/self/fd/%d", file);
		set_environment(text);
		assert_row(cases[i].oauth, resolve(cases[i].line, key));
		assert_row(cases[i].oauth,
		           config.api.identity.expired == cases[i].expired);
		close(file);
	}
	close(key);
}

static void the_secret_is_wiped(void **state)
{
	const uint8_t *bytes = (const uint8_t *)&config.api.identity;

	(void)state;
	set_environment("LANGSMITH_API_KEY=s3cret");
	assert_true(resolve("x", -1));
	config_wipe(&config);
	for (size_t i = 0; i < sizeof(config.api.identity); i++)
		assert_int_equal(bytes[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_chosen_from_a_list_is_resolved),
		cmocka_unit_test(a_wrong_clock_knows_no_age),
		cmocka_unit_test(options_beat_the_environment),
		cmocka_unit_test(combinations_are_refused),
		cmocka_unit_test(a_profile_counts_where_it_may),
		cmocka_unit_test(a_file_holds_one_secret),
		cmocka_unit_test(a_secret_has_a_longest_length),
		cmocka_unit_test(a_secret_comes_through_a_pipe),
		cmocka_unit_test(a_secret_comes_from_standard_input),
		cmocka_unit_test(a_signal_ends_the_wait_for_a_key),
		cmocka_unit_test(secrets_leave_the_environment),
		cmocka_unit_test(a_secret_that_is_there_twice_is_gone),
		cmocka_unit_test(headers_are_lines),
		cmocka_unit_test(headers_have_a_longest_length),
		cmocka_unit_test(headers_come_from_the_environment),
		cmocka_unit_test(what_a_gateway_gets_is_wiped),
		cmocka_unit_test(a_login_may_have_expired),
		cmocka_unit_test(the_secret_is_wiped),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/config", tests, NULL, NULL);
}
