/* SPDX-License-Identifier: MIT */
/* Every capacity of patrm, in bytes unless said otherwise, and its reason. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* A host name in text form (RFC 1035 section 2.3.4: 255 octets on the wire). */
#define URL_HOST_MAX 253

/* The path in front of /api/v1 of a self-hosted installation. */
#define URL_PREFIX_MAX 255

/* An API key (51 today) or a bearer token (a JWT with many claims). */
#define SECRET_MAX 8192

/* A request: secrets, and 2 KiB of path, host, ids and fixed fields. */
#define REQUEST_MAX (SECRET_MAX + HEADERS_MAX + 2048)

/* What is kept of a line in a response's head; longer lines must not matter. */
#define HTTP_LINE_MAX 1024

/* The lines of a response's head, interim answers included; its trailers. */
#define HTTP_HEAD_MAX 65536

/* The line before a chunk, extensions included. */
#define HTTP_CHUNK_LINE_MAX 1024

/* Interim answers before the final one. */
#define HTTP_INTERIM_MAX 8

/*
 * A response body that patrm must hold as a whole: one token, or an error. A
 * description of 64 KB is 384 KiB where every byte of it is escaped. What is
 * not used costs address space only.
 */
#define BODY_MAX 524288

/* Bytes asked of the connection at once: the largest TLS record. */
#define READ_MAX 16384

/* Arrays and objects within each other (RFC 8259 section 9 allows a limit). */
#define JSON_DEPTH_MAX 32

/* Values and names in one JSON document; a token has some 30. */
#define JSON_TOKENS_MAX 8192

/* Members of an object that patrm reads; a token has 14. */
#define JSON_MEMBERS_MAX 256

/* The part of an error that differs from one time to the next, printable. */
#define ERR_DETAIL_MAX 400

/* The rest of an error's sentence; its remedy. */
#define ERR_SENTENCE_MAX 200

/* Addresses of one host and one family (IPv4, IPv6) that are tried. */
#define HOST_ADDRESSES_MAX 64

/* Connections to them that are under way at a time; older ones make room. */
#define DIAL_ATTEMPTS_MAX 8

/* Servers of /etc/resolv.conf that are asked: glibc's MAXNS. */
#define DNS_SERVERS_MAX 3

/* The domains of its search list: what Kubernetes allows. */
#define DNS_SEARCH_MAX 2048

/* A question: 12 bytes, the longest name (255), its type and class. */
#define DNS_QUERY_MAX 280

/* What is read of an answer: 64 IPv6 addresses are 1,792 bytes without names. */
#define DNS_MESSAGE_MAX 4096

/* Aliases (CNAME) behind each other. */
#define DNS_ALIASES_MAX 16

/* Seconds that a batch pauses at most where a server asks for it. */
#define PAUSE_MAX 120

/* Servers and names that have a way of their own. */
#define ROUTES_MAX 16

/* Regions that LangSmith itself runs. */
#define REGIONS 4

/* A proxy's user, and its password (RFC 1929 section 2). */
#define PROXY_WORD_MAX 255

/* A zone of an address: IF_NAMESIZE of Linux, without the NUL. */
#define URL_ZONE_MAX 15

/* Results are collected up to here before they are written. */
#define REPORT_CHUNK 4096

/* One line of a list of TOKENs; longer ones are reported as bad. */
#define LINE_MAX_BYTES 1024

/* One that is a record: as --list --json has printed it, of the largest. */
#define RECORD_LINE_MAX BODY_MAX

/* TOKENs that are looked up, asked about and verified together. */
#define BATCH_MAX 1024

/* A TOKEN that is no id: a secret, or a short key with what hides its rest. */
#define KEY_TEXT_MAX 128

/* What is kept of a record's short key to call it by: 19 bytes in use. */
#define SHORT_KEY_MAX 64

/* What is kept of the name of the member who has a token. */
#define OWNER_MAX 64

/* Tokens that one TOKEN may stand for, and that are named if it does. */
#define CANDIDATES_MAX 8

/*
 * What must be remembered of the tokens of a batch: 1 KiB for each, a record
 * and how its deletion ended, and room for one as large as there may be.
 */
#define BATCH_STORE_MAX (BATCH_MAX * 1536 + BODY_MAX)

/* What is kept of an answer that is no record, for the sentence about it. */
#define ANSWER_KEPT_MAX 4096

/* The file of profiles; a profile with an OAuth token has some 3 KB. */
#define PROFILES_MAX 65536

/* A profile's name. */
#define PROFILE_NAME_MAX 255

/* Values and names in it. */
#define PROFILES_TOKENS_MAX 2048

/* The name of a file: PATH_MAX of Linux. */
#define PATH_LEN_MAX 4096

/* Lines that are still reported as not tried when a signal has stopped patrm. */
#define LINES_REPORTED_AFTER_STOP 1024

/* Standard input is read in pieces of this size. */
#define INPUT_CHUNK 4096

/* What a server sends in a row at first is received at once, if it is short. */
#define TLS_AHEAD 4096

/*
 * What leaves at once: a record of mbedTLS's (MBEDTLS_SSL_OUT_CONTENT_LEN,
 * with what TLS adds to it), and in front of it the end of a handshake.
 */
#define TLS_FLIGHT (8192 + 1024)

/*
 * Random numbers drawn at once: getrandom(2) gives so many whole, and a
 * handshake takes less.
 */
#define RANDOM_POOL 256

/* All that mbedTLS allocates: 48,640 measured with RSA-4096, and as much. */
#define TLS_ARENA 98304

/* Keys that may be pinned at once: old and new ones of some servers. */
#define PINS_MAX 16

/*
 * A certificate, as DER, or all that a server sends, which is a message that
 * mbedTLS takes. Those in use have 400 to 8,000 bytes.
 */
#define CERT_MAX 16384

/* Certificates of a server that are looked at: its own, and 20 others. */
#define CHAIN_MAX 21

/* A file of trusted certificates is read in pieces of this size. */
#define CASTORE_CHUNK 12288

/* Certificates in it with the names that a server's ask for. */
#define ANCHORS_MAX 256

/* Intermediates between a server's certificate and an anchor. */
#define INTERMEDIATES_MAX 8

/* Keys that are tried for one signature. */
#define SIGNERS_MAX 8

/* A file with the client's certificates, its key, or both, as PEM. */
#define CREDENTIAL_FILE_MAX 32768

/*
 * The client's certificates, and what TLS adds to each: one message, which is
 * MBEDTLS_SSL_OUT_CONTENT_LEN, less the server's words that come back in it
 * (RFC 8446 section 4.4.2).
 */
#define CREDENTIAL_CHAIN_MAX (8192 - 300)
#define CREDENTIAL_ENTRY 5

/* How many they may be; six of RSA-4096 have 8 KB. */
#define CREDENTIALS_MAX 8

/* Request headers for a gateway, names and all. */
#define HEADERS_MAX 4096

#endif
