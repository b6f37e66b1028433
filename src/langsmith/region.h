/* SPDX-License-Identifier: MIT */
/* The regions of LangSmith's own servers, and which one accepts a key. */
#ifndef LANGSMITH_REGION_H
#define LANGSMITH_REGION_H

#include "langsmith/list.h"

/* Which region has that name; "any" begins with the first. False without. */
bool region_parse(struct span name, size_t *region);
void region_url(size_t region, struct url *url);

/* From now on requests go there. */
void region_use(struct api *a, size_t region);

/*
 * After the caller's own list was asked for: whether the key may be one of
 * another region. Then it is noted in said[REGIONS] what this one has said.
 */
bool region_goes_on(struct api *a, const struct result *r, uint8_t *said);

/*
 * Makes *r what all of them have said: ERR_REGIONS where each refuses the key,
 * else ERR_REGION_UNSAID, with the status of the first that does not.
 */
void region_put_end(const struct api *a, const uint8_t *said, struct result *r);

/*
 * Uses the first region that shows the list of the caller's own tokens, unless
 * that is known already. False where there is none: see *r.
 */
bool region_find(struct api *a, struct result *r);

#endif
