/* SPDX-License-Identifier: MIT */
/* What counts in the end: options, the environment, a profile, defaults. */
#include "cli/config.h"

#include <string.h>
#include <time.h>

#include "base/calendar.h"
#include "base/fmt.h"
#include "cli/input.h"
#include "langsmith/key.h"

/*
 * What counts of an option, its variables and the profile; with a NULL at where
 * there is none. A profile that was named goes before the environment, another
 * one behind it.
 */
static struct span choose(const struct options *o, enum option option,
                          struct span profile)
{
	struct span value = span_of(options_value(o, option, 0));
	struct span variable = span_of(options_variable(option));

	if (value.at != NULL)
		return value;
	/* What is there for another key says nothing of these. */
	if (option != OPTION_ENDPOINT && options_read_secrets(o))
		return (struct span){ NULL, 0 };
	if (profile.len > 0 &&
	    (options_has(o, OPTION_PROFILE) || variable.at == NULL))
		return profile;
	return span_trim(variable, SPAN_WRAPPING);
}

/*
 * Whether the server is one of LangSmith's web pages: api.smith.langchain.com
 * without "api.", and likewise in other regions.
 */
static bool is_web_page(const struct url *server, const struct url *api)
{
	size_t before = span_find(span_of(api->host), SPAN("api."));

	return strncmp(server->host, api->host, before) == 0 &&
	       strcmp(server->host + before,
	              api->host + before + sizeof("api.") - 1) == 0;
}

static void resolve_server(struct config *c, const struct options *o)
{
	struct span region = span_of(options_value(o, OPTION_REGION, 0));
	struct span url = choose(o, OPTION_ENDPOINT, c->profile.api_url);
	struct url api;
	size_t number = 0;

	if (region.at != NULL && !region_parse(region, &number))
		err_set(c->err, ERR_REGION, NULL);
	if (span_equal(region, SPAN("any")))
		c->api.regions = REGIONS;
	region_url(number, &c->server);
	if (region.at == NULL && url.at != NULL)
		url_parse(url, &c->server, c->err);
	for (size_t i = 0; i < REGIONS && c->err->code == ERR_NONE; i++) {
		region_url(i, &api);
		if (is_web_page(&c->server, &api))
			err_format(c->err, ERR_WEB_PAGE, "https://%s",
			           api.host);
	}
}

/* What is given must be a UUID; `name` is what it is called if it is none. */
static void resolve_scope(struct span value, struct api_scope *scope,
                          const char *name, struct err *e)
{
	scope->given = value.at != NULL;
	if (scope->given && !uuid_parse(value, &scope->id))
		err_set(e, ERR_UUID, name);
}

/* *value is the default. */
static void resolve_number(const struct options *o, enum option option,
                           unsigned *value, struct err *e)
{
	struct span digits = span_of(options_value(o, option, 0));
	unsigned most = option == OPTION_TIMEOUT   ? 86400
	                : option == OPTION_RETRIES ? 100
	                                           : 36500; /* days */

	if (digits.at != NULL &&
	    (digits.len < 1 || digits.len > 5 ||
	     !span_digits(digits, digits.len, value) || *value > most ||
	     (*value == 0 && option == OPTION_TIMEOUT)))
		err_set_span(e, ERR_OPTION_NUMBER, digits);
}

static void resolve_call(struct config *c, const struct options *o)
{
	struct api_identity *who = &c->api.identity;
	unsigned seconds = 30;

	c->api.missing_is_done = options_has(o, OPTION_IGNORE_MISSING);
	c->api.retries = 2;
	resolve_scope(choose(o, OPTION_ORGANIZATION, SPAN("")),
	              &who->organization, "the organization", c->err);
	resolve_scope(choose(o, OPTION_WORKSPACE, c->profile.workspace),
	              &who->workspace, "the workspace", c->err);
	resolve_number(o, OPTION_TIMEOUT, &seconds, c->err);
	resolve_number(o, OPTION_RETRIES, &c->api.retries, c->err);
	c->api.timeout = (int64_t)seconds * 1000;
}

/* Nothing as a name would be anybody. */
static void resolve_filter(struct config *c, const struct options *o)
{
	struct token_filter *f = &c->filter;

	f->ended = options_has(o, OPTION_EXPIRED);
	f->owner = span_of(options_value(o, OPTION_OWNER, 0));
	if (f->owner.at != NULL && f->owner.len == 0)
		err_set(c->err, ERR_OPTION_VALUE, "--owner");
	resolve_number(o, OPTION_UNUSED_FOR, &f->unused_days, c->err);
	resolve_number(o, OPTION_OLDER_THAN, &f->age_days, c->err);
}

static void resolve_trust(struct config *c, const struct options *o)
{
	struct span at = span_of(options_value(o, OPTION_AT, 0));
	const char *pin;

	/* A name goes to open(2) as it is, quotes and all. */
	c->certificates = options_value(o, OPTION_CACERT, 0);
	if (c->certificates == NULL)
		c->certificates = options_variable(OPTION_CACERT);
	c->has_time = at.at != NULL;
	if (c->has_time && !calendar_parse(at, &c->time))
		err_set_span(c->err, ERR_TIME_FORM, at);
	if (options_has(o, OPTION_PIN) && !c->server.secure)
		err_set(c->err, ERR_OPTION_PAIR, "--pin and http://");
	for (size_t i = 0; (pin = options_value(o, OPTION_PIN, i)) != NULL; i++)
		pin_add(&c->pins, span_of(pin), c->err);
}

static void resolve_proxy(struct config *c, const struct options *o)
{
	struct span given = span_of(options_value(o, OPTION_PROXY, 0));
	struct span variable = span_of(options_variable(OPTION_PROXY));
	struct span url = given.at != NULL ? given : variable;
	struct span list = span_of(options_environment("no_proxy NO_PROXY"));

	if (given.len > 0 && !c->server.secure)
		err_set(c->err, ERR_OPTION_PAIR, "--proxy and http://");
	if (url.len == 0 || !c->server.secure)
		return;
	if (c->api.regions == 1 && proxy_is_bypassed(list, &c->server))
		return;
	proxy_parse(span_trim(url, SPAN_WRAPPING), &c->proxy, c->err);
	c->proxy.bypass = list;
	if (given.at != NULL && c->proxy.has_user)
		err_set(c->err, ERR_PROXY_SECRET, NULL);
}

static void resolve_way(struct config *c, const struct options *o)
{
	const char *way;
	size_t i = 0, j = 0;

	while ((way = options_value(o, OPTION_RESOLVE, i++)) != NULL)
		route_add_address(&c->route, span_of(way), c->err);
	while ((way = options_value(o, OPTION_CONNECT_TO, j++)) != NULL)
		route_add_peer(&c->route, span_of(way), c->err);
	resolve_proxy(c, o);
}

/* A header's value must hold it as it is: printable ASCII, no blanks. */
static void take_secret(struct config *c, struct span value, const char *from)
{
	value = span_trim(value, SPAN_WRAPPING);
	if (value.len == 0)
		err_set(c->err, ERR_SECRET_EMPTY, from);
	if (value.len > SECRET_MAX)
		err_set(c->err, ERR_SECRET_LONG, from);
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] <= 0x20 || value.at[i] >= 0x7f)
			err_set(c->err, ERR_SECRET_BYTES, from);
	if (c->err->code != ERR_NONE)
		return;
	memcpy(c->api.identity.secret, value.at, value.len);
	c->api.identity.secret_len = value.len;
}

static void read_secret(struct config *c, const char *path)
{
	BUF_ON_STACK(content, SECRET_MAX + 16); /* blanks, quotes around it */
	const char *name = input_read_file(path, &content, c->err);

	if (content.len == content.cap)
		err_set(c->err, ERR_SECRET_LONG, name);
	if (c->err->code == ERR_NONE)
		take_secret(c, input_skip_mark(buf_written(&content)), name);
	buf_wipe(&content);
}

/*
 * A profile's secret is for the profile's endpoint, unless the command line
 * names another one: not for one that stands in the environment.
 */
static void take_profile_secret(struct config *c, const struct options *o)
{
	struct span token = c->profile.access_token, url = c->profile.api_url;
	struct url home;
	int64_t expiry;

	if (!options_has(o, OPTION_ENDPOINT) &&
	    !options_has(o, OPTION_REGION)) {
		region_url(0, &home);
		if (url.len > 0 && !url_parse(url, &home, c->err))
			return;
		if (!url_equal(&home, &c->server))
			err_set(c->err, ERR_PROFILE_KEY, NULL);
	}
	c->api.identity.bearer = token.len > 0;
	if (token.len > 0 && calendar_parse(c->profile.expires_at, &expiry) &&
	    expiry <= (c->has_time ? c->time : (int64_t)time(NULL)))
		c->api.identity.expired = expiry;
	take_secret(c, token.len > 0 ? token : c->profile.api_key,
	            "the profile");
}

static void find_secret(struct config *c, const struct options *o)
{
	const char *bearer_file = options_value(o, OPTION_BEARER_FILE, 0);
	const char *key_file = options_value(o, OPTION_API_KEY_FILE, 0);
	const char *bearer = options_variable(OPTION_BEARER_FILE);
	const char *key = options_variable(OPTION_API_KEY_FILE);
	bool profile =
		c->profile.access_token.len > 0 || c->profile.api_key.len > 0;
	bool given = bearer_file != NULL || key_file != NULL;

	c->api.identity.bearer = given ? bearer_file != NULL : bearer != NULL;
	if (given)
		read_secret(c, bearer_file != NULL ? bearer_file : key_file);
	else if (profile && (options_has(o, OPTION_PROFILE) ||
	                     (bearer == NULL && key == NULL)))
		take_profile_secret(c, o);
	else if (bearer != NULL)
		take_secret(c, span_of(bearer), "LANGSMITH_BEARER_TOKEN");
	else if (key != NULL)
		take_secret(c, span_of(key), "the environment");
	else
		err_set(c->err, ERR_NO_KEY, NULL);
}

/* What --self deletes is found by its secret; a bearer token needs a scope. */
static void resolve_secret(struct config *c, const struct options *o)
{
	const struct api_identity *who = &c->api.identity;
	bool self = options_has(o, OPTION_SELF);

	if (options_read_secrets(o))
		return;
	find_secret(c, o);
	if (self && who->bearer)
		err_set(c->err, ERR_OPTION_PAIR, "--self and a bearer token");
	if (self && key_form(api_secret(who)) != KEY_SECRET)
		err_set(c->err, ERR_SELF_KEY, NULL);
	if (who->bearer && !who->organization.given && !who->workspace.given)
		err_set(c->err, ERR_BEARER_SCOPE, NULL);
}

/* --- For a gateway --- */

/* What patrm sets itself, or what says how a request is framed. */
static bool is_reserved(struct span name)
{
	struct span rest = SPAN("Host User-Agent Accept Accept-Encoding "
	                        "Authorization X-API-Key X-Organization-Id "
	                        "X-Tenant-Id Content-Length Transfer-Encoding "
	                        "Connection Expect Upgrade TE Trailer"),
		    item;

	while (span_cut(&rest, ' ', &item))
		if (span_equal_nocase(item, name))
			return true;
	return false;
}

/* Lines as they are sent; of one that is refused only its number is told. */
static void take_headers(struct config *c, struct span text, const char *from)
{
	struct buf out = BUF_OVER(c->headers);
	struct span line, name;

	for (unsigned n = 1; span_cut(&text, '\n', &line); n++) {
		line = span_trim(line, " \t\r");
		if (line.len == 0 || line.at[0] == '#')
			continue;
		span_cut(&line, ':', &name);
		line = span_trim(line, " \t");
		if (!http_is_name(name) || line.len == 0 ||
		    !http_is_value(line))
			err_format(c->err, ERR_HEADERS, "line %u of %s is none",
			           n, from);
		if (is_reserved(name))
			err_format(c->err, ERR_HEADERS,
			           "patrm sets %.*s itself, line %u of %s",
			           FMT_SPAN(name), n, from);
		fmt_put(&out, "%.*s: %.*s\r\n", FMT_SPAN(name), FMT_SPAN(line));
	}
	/* config_wipe goes by it, also after a bad line. */
	c->api.headers = buf_written(&out);
	if (out.failed)
		err_format(c->err, ERR_HEADERS, "%s has more than 4096 bytes",
		           from);
}

static void resolve_headers(struct config *c, const struct options *o)
{
	const char *path = options_value(o, OPTION_HEADER_FILE, 0);
	const char *name = "LANGCHAIN_CUSTOM_HEADERS";
	struct span text = span_of(options_variable(OPTION_HEADER_FILE));
	BUF_ON_STACK(content, HEADERS_MAX + 1); /* full: there is more */

	if (path != NULL) {
		name = input_read_file(path, &content, c->err);
		text = input_skip_mark(buf_written(&content));
	}
	if (content.len == content.cap)
		err_format(c->err, ERR_HEADERS, "%s has more than 4096 bytes",
		           name);
	if (c->err->code == ERR_NONE)
		take_headers(c, text, name);
	buf_wipe(&content);
}

static void read_credential(struct credential_file *f, const char *path,
                            struct err *e)
{
	if (path == NULL || e->code != ERR_NONE)
		return;
	f->name = input_read_file(path, &f->text, e);
	if (f->text.len == f->text.cap)
		err_format(e, ERR_CLIENT_CHAIN, "%s is longer than 32 KiB",
		           f->name);
}

static void resolve_credential(struct config *c, const struct options *o)
{
	const char *certificate = options_value(o, OPTION_CERT, 0);
	const char *key = options_value(o, OPTION_KEY, 0);

	if (key != NULL && certificate == NULL)
		err_set(c->err, ERR_CLIENT_NO_CERT, NULL);
	if (certificate != NULL && !c->server.secure)
		err_set(c->err, ERR_OPTION_PAIR, "--cert and http://");
	c->certificate.text = BUF_OVER(c->certificate_text);
	c->key.text = BUF_OVER(c->key_text);
	read_credential(&c->certificate, certificate, c->err);
	read_credential(&c->key, key, c->err);
}

/* --- Everything --- */

/* On the command line or in the environment. */
static bool is_given(const struct options *o, enum option option)
{
	return options_has(o, option) || options_variable(option) != NULL;
}

/* A broken file that nobody has asked for, and nothing depends on, is none. */
static void resolve_profile(struct config *c, const struct options *o)
{
	const char *name = options_value(o, OPTION_PROFILE, 0);
	bool server =
		is_given(o, OPTION_ENDPOINT) || options_has(o, OPTION_REGION);
	bool key = options_read_secrets(o) ||
	           is_given(o, OPTION_API_KEY_FILE) ||
	           is_given(o, OPTION_BEARER_FILE);

	if (profile_read(&c->profile, name, c->err) || name != NULL ||
	    !server || !key || c->err->code == ERR_SIGNAL)
		return;
	profile_wipe(&c->profile);
	*c->err = (struct err){ 0 };
}

bool config_resolve(struct config *c, const struct options *o, struct err *e)
{
	/* Each may rely on those before it; the first error ends it. */
	static void (*const steps[])(struct config *,
	                             const struct options *) = {
		resolve_profile, resolve_server,  resolve_call,
		resolve_filter,  resolve_trust,   resolve_way,
		resolve_secret,  resolve_headers, resolve_credential,
	};

	c->api.regions = 1;
	c->err = e;
	options_check(o, e);
	for (size_t i = 0;
	     i < sizeof(steps) / sizeof(steps[0]) && e->code == ERR_NONE; i++)
		steps[i](c, o);
	options_wipe_environment();
	profile_wipe(&c->profile);
	return e->code == ERR_NONE;
}

bool config_set_clock(struct config *c, int64_t now, int64_t built,
                      struct err *e)
{
	struct token_filter *f = &c->filter;
	bool wrong = !c->has_time && now < built;
	BUF_ON_STACK(detail, 64);

	f->now = c->has_time ? c->time : wrong ? built : now;
	if (!wrong || (!f->ended && f->unused_days == 0 && f->age_days == 0))
		return true;
	fmt_date(&detail, now);
	buf_text(&detail, ", and patrm was built on ");
	fmt_date(&detail, built);
	return err_set_span(e, ERR_CLOCK, buf_written(&detail));
}

void config_wipe(struct config *c)
{
	explicit_bzero(c->api.identity.secret, c->api.identity.secret_len);
	c->api.identity.secret_len = 0;
	explicit_bzero(&c->proxy, sizeof(c->proxy));
	explicit_bzero(c->headers, c->api.headers.len);
	explicit_bzero(c->certificate_text, c->certificate.text.len);
	explicit_bzero(c->key_text, c->key.text.len);
}
