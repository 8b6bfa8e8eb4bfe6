/*
 * Mutations of a Diameter message that keep its lengths sound (RFC 6733 3 and 4.1): behind random
 * octets alone nearly every message ends at the guard or the parser. One of four is left to
 * libFuzzer, so that broken lengths are tried as well.
 *
 * An AVP, header and padding included, is put in the place of another one; the Grouped AVPs around
 * it and the message then grow or shrink by a multiple of four octets.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* libFuzzer's: it calls the first two, and has the last one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

enum {
	HEADER = 20,
	FLAGS = 4, /* of a message and of an AVP */
	AVP_HEAD = 8,
	AVP_VENDOR = 4,
	AVP_FLAG_V = 0x80,
	DEPTH_MAX = 8,
	AVPS_MAX = 256,
	AVP_ROOM = 4096, /* octets of an AVP that is put in; one that is longer stays as it is */
};

struct avp {
	size_t at;
	size_t head; /* octets before its data */
	size_t len;  /* without padding */
	size_t up;   /* the Grouped AVP around it, AVPS_MAX: the message */
};

struct message {
	uint8_t *octets;
	size_t len;
	size_t max;
	struct avp avp[AVPS_MAX];
	size_t n;
};

static uint32_t next(unsigned *seed)
{
	*seed = *seed * 1103515245U + 12345U;
	return *seed >> 16;
}

static size_t get24(const uint8_t *octets)
{
	return (size_t)octets[0] << 16 | (size_t)octets[1] << 8 | octets[2];
}

static void put24(uint8_t *octets, size_t number)
{
	octets[0] = (uint8_t)(number >> 16);
	octets[1] = (uint8_t)(number >> 8);
	octets[2] = (uint8_t)number;
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* List the AVPs from at to end, and those within them. Returns false when they are none. */
static bool list(struct message *m, size_t at, size_t end, size_t up, unsigned depth)
{
	const size_t n_before = m->n;

	while (at < end && m->n < AVPS_MAX) {
		struct avp avp = {.at = at, .head = AVP_HEAD, .up = up};
		const size_t me = m->n;

		if (end - at < AVP_HEAD) {
			break;
		}
		avp.head += (m->octets[at + FLAGS] & AVP_FLAG_V) != 0 ? AVP_VENDOR : 0;
		avp.len = get24(m->octets + at + FLAGS + 1);
		if (avp.len < avp.head || padded(avp.len) > end - at) {
			break;
		}
		m->avp[m->n++] = avp;
		if (depth < DEPTH_MAX && avp.len % 4 == 0) {
			(void)list(m, at + avp.head, at + avp.len, me, depth + 1);
		}
		at += padded(avp.len);
	}
	if (at < end) {
		m->n = n_before;
	}
	return at == end;
}

static bool message_read(struct message *m, uint8_t *octets, size_t len, size_t max)
{
	m->octets = octets;
	m->len = len;
	m->max = max;
	m->n = 0;
	return len > HEADER && get24(octets + 1) == len && list(m, HEADER, len, AVPS_MAX, 0) &&
	       m->n > 0;
}

/* Put len octets, a multiple of four, in the place of so many others inside the AVP up. */
static void splice(struct message *m, size_t at, size_t old, const uint8_t *put, size_t len,
                   size_t up)
{
	if (m->len - old + len > m->max) {
		return;
	}
	memmove(m->octets + at + len, m->octets + at + old, m->len - at - old);
	memcpy(m->octets + at, put, len);
	m->len = m->len - old + len;
	put24(m->octets + 1, m->len);
	for (; up != AVPS_MAX; up = m->avp[up].up) {
		m->avp[up].len = m->avp[up].len - old + len;
		put24(m->octets + m->avp[up].at + FLAGS + 1, m->avp[up].len);
	}
}

/* The octets of an AVP, for splice; returns how many, 0: too many. */
static size_t copy(const struct message *m, const struct avp *avp, uint8_t out[static AVP_ROOM])
{
	const size_t len = padded(avp->len);

	if (len > AVP_ROOM) {
		return 0;
	}
	memcpy(out, m->octets + avp->at, len);
	return len;
}

/* The same with its data as libFuzzer changes them. */
static size_t copy_changed(const struct message *m, const struct avp *avp,
                           uint8_t out[static AVP_ROOM])
{
	size_t len = copy(m, avp, out);

	if (len == 0) {
		return 0;
	}
	len = avp->head +
	      LLVMFuzzerMutate(out + avp->head, avp->len - avp->head, AVP_ROOM - avp->head);
	put24(out + FLAGS + 1, len);
	memset(out + len, 0, padded(len) - len);
	return padded(len);
}

/* The same with the code of another AVP or, where there is a vendor, of any of Cx (TS 29.229 6.3:
 * 600 to 660). */
static size_t copy_renamed(const struct message *m, const struct avp *avp, const struct avp *other,
                           unsigned *seed, uint8_t out[static AVP_ROOM])
{
	const size_t len = copy(m, avp, out);

	if (len != 0 && avp->head > AVP_HEAD && next(seed) % 2 == 0) {
		put24(out + 1, 600 + next(seed) % 61);
	} else if (len != 0) {
		memcpy(out, m->octets + other->at, FLAGS);
	}
	return len;
}

/* One mutation, of the AVP a, with another one where it takes two. */
static void mutate(struct message *m, unsigned *seed)
{
	static uint8_t put[AVP_ROOM];
	const size_t i = next(seed) % m->n;
	const struct avp *a = &m->avp[i];
	const struct avp *b = &m->avp[next(seed) % m->n];
	size_t len = 0;

	switch (next(seed) % 8) {
	case 0: /* removed */
		splice(m, a->at, padded(a->len), put, 0, a->up);
		return;
	case 1: /* another one, or itself again, before it */
		len = copy(m, b, put);
		splice(m, a->at, 0, put, len, a->up);
		return;
	case 2: /* another one within it, in the place of its data */
		len = copy(m, b, put);
		if (len != 0) {
			put24(m->octets + a->at + FLAGS + 1, padded(a->len));
			m->avp[i].len = padded(a->len);
			splice(m, a->at + a->head, a->len - a->head, put, len, i);
		}
		return;
	case 3:
		len = copy_renamed(m, a, b, seed, put);
		break;
	case 4: /* another command of Cx (300 to 305), its answer, another header */
		if (next(seed) % 2 == 0) {
			put24(m->octets + FLAGS + 1, 300 + next(seed) % 6);
			m->octets[FLAGS] ^= (uint8_t)(next(seed) % 2 << 7);
		} else {
			(void)LLVMFuzzerMutate(m->octets + FLAGS, HEADER - FLAGS, HEADER - FLAGS);
		}
		return;
	default:
		len = copy_changed(m, a, put);
		break;
	}
	if (len != 0) {
		splice(m, a->at, padded(a->len), put, len, a->up);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static struct message m;

	if (next(&seed) % 4 == 0 || !message_read(&m, data, size, max)) {
		return LLVMFuzzerMutate(data, size, max);
	}
	mutate(&m, &seed);
	return m.len;
}

/* An AVP of the other message before one of this. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max, unsigned seed)
{
	static uint8_t put[AVP_ROOM];
	static struct message from;
	static struct message m;
	const struct avp *at = NULL;
	size_t len = 0;

	if (size > max) {
		return 0;
	}
	memcpy(out, data, size);
	if (!message_read(&m, out, size, max) ||
	    !message_read(&from, (uint8_t *)(uintptr_t)other, other_size, other_size)) {
		return 0;
	}
	len = copy(&from, &from.avp[next(&seed) % from.n], put);
	at = &m.avp[next(&seed) % m.n];
	splice(&m, at->at, 0, put, len, at->up);
	return m.len;
}
