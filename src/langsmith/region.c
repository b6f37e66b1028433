/* SPDX-License-Identifier: MIT */
/* The regions of LangSmith's own servers, and which one accepts a key. */
#include "langsmith/region.h"

#include "base/fmt.h"
#include "langsmith/key.h"

static const char names[] = "us\0eu\0apac\0aws\0any";

bool region_parse(struct span name, size_t *region)
{
	size_t i = 0;

	while (i <= REGIONS && !span_equal(name, span_of(span_nth(names, i))))
		i++;
	*region = i % REGIONS;
	return i <= REGIONS;
}

void region_url(size_t region, struct url *url)
{
	BUF_ON_STACK(out, 64);

	fmt_put(&out, "https://%s%sapi.smith.langchain.com",
	        region > 0 ? span_nth(names, region) : "",
	        region > 0 ? "." : "");
	url_parse(buf_written(&out), url, &(struct err){ 0 });
}

void region_use(struct api *a, size_t region)
{
	if (a->region == region)
		return;
	client_close(&a->client);
	a->region = region;
	region_url(region, &a->at);
	a->client.server = &a->at;
}

bool region_goes_on(struct api *a, const struct result *r, uint8_t *said)
{
	bool accepted = r->http == 200 && r->err.code != ERR_LIST_FORM;

	if (a->settings->regions == 1 || accepted || r->status == EXIT_DONE)
		return false;
	said[a->region] = (uint8_t)r->status;
	a->region_err[a->region] = r->err;
	return true;
}

void region_put_end(const struct api *a, const uint8_t *said, struct result *r)
{
	BUF_ON_STACK(detail, REGIONS * (ERR_DETAIL_MAX + ERR_SENTENCE_MAX));
	enum exit_status status = EXIT_FORBIDDEN;
	struct err e = { 0 };

	for (size_t i = 0; i < REGIONS; i++)
		if (said[i] == EXIT_FORBIDDEN)
			fmt_put(&detail, "%s%s", detail.len > 0 ? ", " : "",
			        span_nth(names, i));
	if (detail.len > 0)
		buf_text(&detail, " refuse it");
	for (size_t i = 0; i < REGIONS; i++) {
		if (said[i] == EXIT_FORBIDDEN)
			continue;
		fmt_put(&detail, "%s%s: ", detail.len > 0 ? "; " : "",
		        span_nth(names, i));
		err_put_what(&detail, &a->region_err[i]);
		if (status == EXIT_FORBIDDEN)
			status = said[i];
	}
	err_set_span(&e,
	             status == EXIT_FORBIDDEN ? ERR_REGIONS : ERR_REGION_UNSAID,
	             buf_written(&detail));
	result_end(r, VERB_DELETE, status, &e);
	r->body = SPAN("");
	if (status != EXIT_FORBIDDEN)
		r->http = 0; /* it was another region's */
}

bool region_find(struct api *a, struct result *r)
{
	const struct list_reader reader = { .once = false };
	bool service =
		key_is_of_service(api_secret(&a->settings->identity), false);
	uint8_t said[REGIONS] = { 0 };

	if (a->settings->regions == 1 || a->accepted)
		return true;
	for (size_t i = 0; i < REGIONS && wait_signal() == 0; i++) {
		region_use(a, i);
		list_read(a, list_home(service), &reader,
		          deadline_in(a->settings->timeout), r);
		a->accepted = !region_goes_on(a, r, said);
		if (a->accepted)
			return true;
	}
	if (wait_signal() == 0)
		region_put_end(a, said, r);
	return false;
}
