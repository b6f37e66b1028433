/* SPDX-License-Identifier: MIT */
/* The API at a scripted peer on loopback, and the answers that it gives. */
#include "langsmith/fixture.h"

struct api api;
struct api_settings settings;
struct url server;

static struct verify verify; /* of no use without TLS */

void begin_api(uint16_t port)
{
	memset(&api, 0, sizeof(api));
	memset(&settings, 0, sizeof(settings));
	memset(&server, 0, sizeof(server));
	memcpy(server.host, "127.0.0.1", sizeof("127.0.0.1"));
	server.port = port;
	memcpy(settings.identity.secret, "key", 3);
	settings.identity.secret_len = 3;
	settings.user_agent = "patrm/test";
	settings.timeout = 5000;
	settings.regions = 1;
	client_init(&api.client, &server, &verify);
	api.settings = &settings;
}

size_t count_turns(const struct peer_turn *turns, size_t most)
{
	size_t count = 0;

	while (count < most &&
	       (turns[count].say != NULL || turns[count].end != PEER_KEEPS))
		count++;
	return count;
}
