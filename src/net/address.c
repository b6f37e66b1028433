/* SPDX-License-Identifier: MIT */
/* Addresses of the internet, as the sockets take them. */
#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

static uint32_t zone_number(const char *zone)
{
	const size_t len = strlen(zone);
	uint32_t number = if_nametoindex(zone);

	if (number == 0 && len < 10)
		span_digits(span_of(zone), len, &number);
	return number;
}

bool address_parse(struct span text, union address *a)
{
	char copy[INET6_ADDRSTRLEN + IF_NAMESIZE];
	char *zone;

	memset(a, 0, sizeof(*a));
	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	a->any.sa_family = AF_INET;
	if (inet_pton(AF_INET, copy, &a->v4.sin_addr) == 1)
		return true;
	a->any.sa_family = AF_INET6;
	zone = strchr(copy, '%');
	if (zone != NULL)
		*zone = '\0';
	if (inet_pton(AF_INET6, copy, &a->v6.sin6_addr) != 1)
		return false;
	if (zone != NULL)
		a->v6.sin6_scope_id = zone_number(zone + 1);
	return true;
}

void address_set(union address *a, struct span bytes)
{
	memset(a, 0, sizeof(*a));
	a->any.sa_family = bytes.len == 4 ? AF_INET : AF_INET6;
	if (bytes.len == 4)
		memcpy(&a->v4.sin_addr, bytes.at, 4);
	else
		memcpy(&a->v6.sin6_addr, bytes.at, 16);
}

struct span address_bytes(const union address *a)
{
	if (a->any.sa_family == AF_INET6)
		return (struct span){ a->v6.sin6_addr.s6_addr, 16 };
	return (struct span){ (const uint8_t *)&a->v4.sin_addr, 4 };
}

void address_set_port(union address *a, uint16_t port)
{
	if (a->any.sa_family == AF_INET6)
		a->v6.sin6_port = htons(port);
	else
		a->v4.sin_port = htons(port);
}

socklen_t address_size(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

bool address_is_loopback(const union address *a)
{
	if (a->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr) ||
		       (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr) &&
		        a->v6.sin6_addr.s6_addr[12] == 127);
	return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
}
