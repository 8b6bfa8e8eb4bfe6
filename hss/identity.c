#include "hss/identity.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "hss/hex.h"

/*
 * Internally a check returns why it fails, a static text, or NULL. Canonical forms are written to a
 * struct writer, so that the caller's buffer is unchanged on error.
 */
struct writer {
	char text[IMPU_LEN_MAX + 1];
	size_t len;
	size_t max;
	bool full;
};

static void put(struct writer *out, char c)
{
	if (out->len == out->max) {
		out->full = true;
		return;
	}
	out->text[out->len++] = c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* ASCII only: what a locale says must not change who a subscriber is. */
static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static void put_lower(struct writer *out, const char *in, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		put(out, lower(in[i]));
	}
}

/* Octets of a UTF-8 sequence that starts with this octet (RFC 3629), 0 for none. */
static size_t utf8_len(uint8_t first)
{
	if (first < 0x80) {
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		return 3;
	}
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Whether a code point may stand in a log line and in an XML document (XML 1.0, 2.2). */
static bool is_character(uint32_t point, size_t octets)
{
	static const uint32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};
	const bool control = point < 0x20 || (point >= 0x7f && point <= 0x9f);
	const bool surrogate = point >= 0xd800 && point <= 0xdfff;

	return point >= shortest[octets] && point <= 0x10ffff && !control && !surrogate &&
	       (point & 0xfffe) != 0xfffe;
}

/* Valid UTF-8 without control characters, 1 to max octets. */
static const char *text_problem(const char *in, size_t len, size_t max)
{
	if (len == 0) {
		return "is empty";
	}
	if (len > max) {
		return "is too long";
	}
	for (size_t i = 0; i < len;) {
		const size_t octets = utf8_len((uint8_t)in[i]);
		uint32_t point = 0;

		if (octets == 0 || octets > len - i) {
			return "is not UTF-8";
		}
		point = (uint8_t)in[i] & (octets == 1 ? 0x7fU : 0x7fU >> octets);
		for (size_t k = 1; k < octets; k++) {
			const uint8_t octet = (uint8_t)in[i + k];

			if ((octet & 0xc0) != 0x80) {
				return "is not UTF-8";
			}
			point = point << 6 | (octet & 0x3fU);
		}
		if (!is_character(point, octets)) {
			return "holds a control character or an invalid one";
		}
		i += octets;
	}
	return NULL;
}

static bool has_blank(const char *in, size_t len)
{
	return memchr(in, ' ', len) != NULL;
}

static enum hss_err finish(const char *problem, const struct writer *w, char *out, const char **why)
{
	if (problem == NULL && w->full) {
		problem = "is too long";
	}
	if (problem != NULL) {
		if (why != NULL) {
			*why = problem;
		}
		return HSS_ERR_INVALID;
	}
	memcpy(out, w->text, w->len);
	out[w->len] = '\0';
	return HSS_OK;
}

static const char *impi_problem(const char *in, size_t len, struct writer *out)
{
	const char *problem = text_problem(in, len, IMPI_LEN_MAX);
	const char *at = NULL;

	if (problem != NULL) {
		return problem;
	}
	if (has_blank(in, len)) {
		return "holds white space";
	}
	at = memchr(in, '@', len);
	if (at == NULL) {
		return "has no '@'";
	}
	if (memchr(at + 1, '@', len - (size_t)(at + 1 - in)) != NULL) {
		return "has more than one '@'";
	}
	if (at == in) {
		return "has an empty user part";
	}
	if (at + 1 == in + len) {
		return "has an empty realm";
	}
	for (const char *c = in; c < at; c++) {
		put(out, *c);
	}
	put_lower(out, at, len - (size_t)(at - in));
	return NULL;
}

enum hss_err impi_canonical(const char *in, size_t len, char out[static IMPI_LEN_MAX + 1],
                            const char **why)
{
	struct writer w = {.max = IMPI_LEN_MAX};

	return finish(impi_problem(in, len, &w), &w, out, why);
}

/*
 * The wildcarded part of a user part or number: from the first '!' to the last, both included; of
 * more than two the outside pair counts (TS 23.003 13.5). Empty at the end when there is none.
 */
static void wildcard_span(const char *in, const char *end, const char **first, const char **past)
{
	const char *open = in < end ? memchr(in, '!', (size_t)(end - in)) : NULL;
	const char *close = open != NULL ? memrchr(in, '!', (size_t)(end - in)) : NULL;

	*first = *past = end;
	if (open != close) {
		*first = open;
		*past = close + 1;
	}
}

/* Printable ASCII, as it stands. */
static const char *wildcard_problem(const char *in, const char *past, struct writer *out)
{
	for (; in < past; in++) {
		if ((unsigned char)*in >= 0x80) {
			return "holds a character outside ASCII in its wildcarded part";
		}
		put(out, *in);
	}
	return NULL;
}

/*
 * An escape: undone when its character is an unreserved one (RFC 3261 19.1.4), else with capital
 * digits. %21 stays: undone, it would turn a distinct identity into a wildcarded one.
 */
static void put_escape(struct writer *out, char c)
{
	static const char digits[] = "0123456789ABCDEF";

	if (is_alnum(c) || is_in(c, "-_.~*'()")) {
		put(out, c);
		return;
	}
	put(out, '%');
	put(out, digits[(uint8_t)c >> 4]);
	put(out, digits[(uint8_t)c & 0xf]);
}

/* A stretch of the user part outside the wildcarded part (RFC 3261 25.1, user). */
static const char *user_problem(const char *in, const char *end, struct writer *out)
{
	for (; in < end; in++) {
		if (*in == '%') {
			const int high = end - in > 2 ? hex_value(in[1]) : -1;
			const int low = end - in > 2 ? hex_value(in[2]) : -1;

			if (high < 0 || low < 0) {
				return "holds a '%' without two hexadecimal digits";
			}
			put_escape(out, (char)(high << 4 | low));
			in += 2;
		} else if (*in == ':') {
			return "holds a password";
		} else if (is_alnum(*in) || is_in(*in, "-_.!~*'()&=+$,;?/")) {
			put(out, *in);
		} else {
			return "holds a character in its user part that a SIP URI may not have "
			       "there";
		}
	}
	return NULL;
}

/*
 * Where the host at the start of in ends: a name, an IPv4 address or an IPv6 reference. NULL when
 * there is no host of valid characters.
 */
static const char *host_end(const char *in, const char *end)
{
	const char *host = in;

	if (in < end && *in == '[') {
		for (in++; in < end && (hex_value(*in) >= 0 || is_in(*in, ":.")); in++) {
		}
		return in < end && *in == ']' && in - host > 2 ? in + 1 : NULL;
	}
	while (in < end && (is_alnum(*in) || is_in(*in, "-."))) {
		in++;
	}
	return in > host && *host != '.' && *host != '-' ? in : NULL;
}

/* What may follow the host: [":" port] [";" parameters] ["?" headers]. */
static const char *tail_problem(const char *in, const char *end)
{
	unsigned port = 0;

	if (in < end && *in == ':') {
		const char *digits = ++in;

		for (; in < end && is_digit(*in) && port <= UINT16_MAX; in++) {
			port = port * 10 + (unsigned)(*in - '0');
		}
		if (in == digits || port > UINT16_MAX) {
			return "has an invalid port";
		}
	}
	return in == end || *in == ';' || *in == '?' ? NULL : "has an invalid host";
}

static const char *sip_problem(const char *in, const char *end, struct writer *out)
{
	/* An '@' is escaped everywhere else, but for one in a wildcarded part. */
	const char *at = memrchr(in, '@', (size_t)(end - in));
	const char *host = at != NULL ? at + 1 : in;
	const char *past = NULL;
	const char *problem = NULL;

	put_lower(out, "sip:", 4);
	if (at != NULL) {
		const char *open = NULL;
		const char *close = NULL;

		if (at == in) {
			return "has an empty user part";
		}
		wildcard_span(in, at, &open, &close);
		problem = user_problem(in, open, out);
		problem = problem != NULL ? problem : wildcard_problem(open, close, out);
		problem = problem != NULL ? problem : user_problem(close, at, out);
		if (problem != NULL) {
			return problem;
		}
		put(out, '@');
	}
	past = host_end(host, end);
	if (past == NULL) {
		return "has an invalid host";
	}
	put_lower(out, host, (size_t)(past - host));
	return tail_problem(past, end);
}

/* Digits without visual separators (RFC 3966 5.1.1), counted into n. */
static const char *number_problem(const char *in, const char *end, struct writer *out, size_t *n)
{
	for (; in < end; in++) {
		if (is_digit(*in)) {
			put(out, *in);
			(*n)++;
		} else if (!is_in(*in, "-.()")) {
			return "holds a character that a telephone number may not have";
		}
	}
	return NULL;
}

static const char *tel_problem(const char *in, const char *end, struct writer *out)
{
	const char *open = NULL;
	const char *close = NULL;
	const char *semicolon = NULL;
	const char *problem = NULL;
	size_t n_digits = 0;

	if (in == end || *in != '+') {
		return "is not a global telephone number (no '+')";
	}
	put_lower(out, "tel:+", 5);
	in++;
	wildcard_span(in, end, &open, &close);
	semicolon = memchr(in, ';', (size_t)(open - in));
	if (semicolon != NULL) { /* the '!' belong to a parameter */
		open = close = end = semicolon;
	}
	problem = number_problem(in, open, out, &n_digits);
	if (problem != NULL) {
		return problem;
	}
	if (n_digits == 0) {
		return "has no digit";
	}
	problem = wildcard_problem(open, close, out);
	semicolon = memchr(close, ';', (size_t)(end - close));
	return problem != NULL
	               ? problem
	               : number_problem(close, semicolon != NULL ? semicolon : end, out, &n_digits);
}

static bool has_scheme(const char *in, size_t len, const char *scheme)
{
	const size_t n = strlen(scheme);

	return len >= n && strncasecmp(in, scheme, n) == 0;
}

/* Parameters may make the spelling received longer than the canonical form, but not without end. */
enum { IMPU_INPUT_MAX = 4096 };

static const char *impu_problem(const char *in, size_t len, struct writer *out)
{
	const char *problem = text_problem(in, len, IMPU_INPUT_MAX);

	if (problem != NULL) {
		return problem;
	}
	if (has_blank(in, len)) {
		return "holds white space";
	}
	if (has_scheme(in, len, "sip:")) {
		return sip_problem(in + 4, in + len, out);
	}
	if (has_scheme(in, len, "tel:")) {
		return tel_problem(in + 4, in + len, out);
	}
	return "is neither a sip: nor a tel: URI";
}

enum hss_err impu_canonical(const char *in, size_t len, char out[static IMPU_LEN_MAX + 1],
                            const char **why)
{
	struct writer w = {.max = IMPU_LEN_MAX};

	return finish(impu_problem(in, len, &w), &w, out, why);
}

bool is_impu(const char *text)
{
	return strncasecmp(text, "sip:", 4) == 0 || strncasecmp(text, "tel:", 4) == 0;
}

enum { HOST_LABEL_MAX = 63, HOST_LABELS_MAX = 10 };

bool is_host_name(const char *name, size_t len)
{
	size_t labels = 0;
	size_t label = 0;

	for (size_t i = 0; i <= len && len <= NETWORK_LEN_MAX; i++) {
		if (i < len && (is_alnum(name[i]) || (name[i] == '-' && label > 0))) {
			label++;
		} else if ((i == len || name[i] == '.') && label > 0 && label <= HOST_LABEL_MAX &&
		           name[i - 1] != '-') {
			labels++;
			label = 0;
		} else {
			return false;
		}
	}
	return labels >= 2 && labels <= HOST_LABELS_MAX;
}

static const char *network_problem(const char *in, size_t len, struct writer *out)
{
	const char *problem = NULL;

	while (len > 0 && is_in(in[0], " \t\"")) {
		in++;
		len--;
	}
	while (len > 0 && is_in(in[len - 1], " \t\"")) {
		len--;
	}
	problem = text_problem(in, len, NETWORK_LEN_MAX);
	if (problem == NULL) {
		put_lower(out, in, len);
	}
	return problem;
}

enum hss_err network_canonical(const char *in, size_t len, char out[static NETWORK_LEN_MAX + 1],
                               const char **why)
{
	struct writer w = {.max = NETWORK_LEN_MAX};

	return finish(network_problem(in, len, &w), &w, out, why);
}

/* The host of an S-CSCF name: after the scheme and, before any parameter, the user part. */
static const char *scscf_host(const char *in, const char *end)
{
	const char *colon = memchr(in, ':', (size_t)(end - in));
	const char *rest = colon != NULL ? colon + 1 : in;

	for (const char *c = rest; c < end && *c != ';' && *c != '?'; c++) {
		if (*c == '@') {
			return c + 1;
		}
	}
	return rest;
}

static const char *scscf_name_problem(const char *in, size_t len)
{
	const char *problem = text_problem(in, len, SCSCF_NAME_LEN_MAX);
	const char *past = NULL;

	if (problem != NULL) {
		return problem;
	}
	if (!has_scheme(in, len, "sip:") && !has_scheme(in, len, "sips:")) {
		return "is neither a sip: nor a sips: URI";
	}
	for (size_t i = 0; i < len; i++) { /* it is to become part of SIP header fields */
		if (is_in(in[i], " <>\"") || (unsigned char)in[i] >= 0x80) {
			return "holds a character that a SIP URI may not have";
		}
	}
	past = host_end(scscf_host(in, in + len), in + len);
	return past != NULL ? tail_problem(past, in + len) : "has an invalid host";
}

enum hss_err scscf_name_check(const char *in, size_t len, const char **why)
{
	const char *problem = scscf_name_problem(in, len);

	if (problem != NULL && why != NULL) {
		*why = problem;
	}
	return problem != NULL ? HSS_ERR_INVALID : HSS_OK;
}

/* Octets of an S-CSCF name before the scheme's colon, the host and what follows the host. */
struct scscf_parts {
	size_t scheme;
	size_t host;
	size_t tail;
};

static struct scscf_parts scscf_parts(const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);
	const char *host = scscf_host(name, name + len);
	const char *past = host_end(host, name + len);

	if (colon == NULL || past == NULL) { /* no URI: all of it compares octet by octet */
		return (struct scscf_parts){0};
	}
	return (struct scscf_parts){.scheme = (size_t)(colon - name),
	                            .host = (size_t)(host - name),
	                            .tail = (size_t)(past - name)};
}

bool scscf_name_equal(const char *a, const char *b)
{
	const size_t len = strlen(a);
	struct scscf_parts p = {0};
	struct scscf_parts q = {0};

	if (len != strlen(b)) {
		return false;
	}
	if (memcmp(a, b, len) == 0) { /* as nearly always: it is asked twice for each MAR */
		return true;
	}
	p = scscf_parts(a, len);
	q = scscf_parts(b, len);
	return p.scheme == q.scheme && p.host == q.host && p.tail == q.tail &&
	       strncasecmp(a, b, p.scheme) == 0 &&
	       memcmp(a + p.scheme, b + p.scheme, p.host - p.scheme) == 0 &&
	       strncasecmp(a + p.host, b + p.host, p.tail - p.host) == 0 &&
	       memcmp(a + p.tail, b + p.tail, len - p.tail) == 0;
}
