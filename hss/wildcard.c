/*
 * Wildcarded identities: their expressions, and matching them.
 *
 * The C library's regcomp takes memory and regexec time that grow with the square of an
 * expression's size, and what nested repetitions stand for grows with each level. So an expression
 * is read here, as it has to be for any check of it, and run as what it is: a non-deterministic
 * automaton whose states are all followed at once, octet by octet.
 *
 *   expression --parse--> tree of struct node --emit--> program of struct state
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hss/identity.h"

enum {
	NESTING_MAX = 32,
	REPEAT_MAX = 255, /* RE_DUP_MAX that POSIX guarantees */
	UNLIMITED = 0,    /* as a maximum of repetitions */
	NO_NODE = -1,
};

/* Octets, one bit each. */
struct octets {
	uint64_t bits[4];
};

static void octets_add(struct octets *set, unsigned first, unsigned last)
{
	for (unsigned c = first; c <= last; c++) {
		set->bits[c / 64] |= UINT64_C(1) << c % 64;
	}
}

static bool octets_has(const struct octets *set, unsigned char c)
{
	return (set->bits[c / 64] >> c % 64 & 1) != 0;
}

enum node_kind { NODE_OCTET, NODE_BEGIN, NODE_END, NODE_CAT, NODE_ALT, NODE_REPEAT };

struct node {
	enum node_kind kind;
	int a; /* children, NO_NODE where there is none */
	int b;
	unsigned min;
	unsigned max;
	struct octets set;
};

struct parser {
	const char *in;
	const char *end;
	struct node *node;
	int n;
	unsigned depth;
	const char *why; /* NULL: no fault yet */
};

static int fault(struct parser *p, const char *why)
{
	if (p->why == NULL) {
		p->why = why;
	}
	return NO_NODE;
}

static int node_add(struct parser *p, enum node_kind kind, int a, int b)
{
	p->node[p->n] = (struct node){.kind = kind, .a = a, .b = b};
	return p->n++;
}

static int octet_add(struct parser *p, unsigned char c)
{
	const int node = node_add(p, NODE_OCTET, NO_NODE, NO_NODE);

	octets_add(&p->node[node].set, c, c);
	return node;
}

static bool next_is(const struct parser *p, const char *text)
{
	const size_t len = strlen(text);

	return (size_t)(p->end - p->in) >= len && memcmp(p->in, text, len) == 0;
}

/* [:name:]; pairs of first and last octet, in the POSIX locale whatever the process has. */
static void parse_class(struct parser *p, struct octets *set)
{
	static const struct {
		const char *name;
		const char *pairs;
	} classes[] = {
		{"[:alnum:]", "09AZaz"},   {"[:alpha:]", "AZaz"},
		{"[:blank:]", "\t\t  "},   {"[:cntrl:]", "\x01\x1f\x7f\x7f"},
		{"[:digit:]", "09"},       {"[:graph:]", "!~"},
		{"[:lower:]", "az"},       {"[:print:]", " ~"},
		{"[:punct:]", "!/:@[`{~"}, {"[:space:]", "\t\r  "},
		{"[:upper:]", "AZ"},       {"[:xdigit:]", "09AFaf"},
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (next_is(p, classes[i].name)) {
			for (const char *c = classes[i].pairs; *c != '\0'; c += 2) {
				octets_add(set, (unsigned char)c[0], (unsigned char)c[1]);
			}
			p->in += strlen(classes[i].name);
			return;
		}
	}
	fault(p, "has an unknown character class");
}

/* A single character, or a range. */
static void parse_range(struct parser *p, struct octets *set)
{
	const unsigned char first = (unsigned char)*p->in++;
	unsigned char last = first;

	if (p->end - p->in >= 2 && p->in[0] == '-' && p->in[1] != ']') {
		last = (unsigned char)p->in[1];
		p->in += 2;
		if (last == '[' && p->in < p->end && strchr(".=:", *p->in) != NULL) {
			fault(p, "has a collating element");
			return;
		}
	}
	if (last < first) {
		fault(p, "has a range that ends before it begins");
		return;
	}
	octets_add(set, first, last);
}

/* What stands behind '['. */
static int parse_bracket(struct parser *p)
{
	const int node = node_add(p, NODE_OCTET, NO_NODE, NO_NODE);
	struct octets *set = &p->node[node].set;
	const bool negated = p->in < p->end && *p->in == '^';
	const char *first = p->in + negated;

	p->in = first;
	while (p->why == NULL && p->in < p->end && (*p->in != ']' || p->in == first)) {
		if (next_is(p, "[:")) {
			parse_class(p, set);
		} else if (next_is(p, "[.") || next_is(p, "[=")) {
			fault(p, "has a collating element");
		} else {
			parse_range(p, set);
		}
	}
	if (p->in == p->end) {
		return fault(p, "has a '[' without ']'");
	}
	p->in++;
	for (size_t i = 0; negated && i < 4; i++) {
		set->bits[i] = ~set->bits[i];
	}
	return p->why == NULL ? node : NO_NODE;
}

static int parse_alternatives(struct parser *p);

/* What stands behind '('. */
static int parse_group(struct parser *p)
{
	int node = NO_NODE;

	if (p->depth == NESTING_MAX) {
		return fault(p, "nests too deeply");
	}
	p->depth++;
	node = parse_alternatives(p);
	p->depth--;
	if (node != NO_NODE && (p->in == p->end || *p->in++ != ')')) {
		return fault(p, "has a '(' without ')'");
	}
	return node;
}

/* What stands behind a backslash. */
static int parse_escape(struct parser *p)
{
	static const char special[] = "^.[]$()|*+?{}\\-/@:;,=&%_~!'\"#<>`";

	if (p->in < p->end && *p->in >= '1' && *p->in <= '9') {
		return fault(p, "has a back-reference");
	}
	if (p->in == p->end || strchr(special, *p->in) == NULL) {
		return fault(p, "has a backslash before what is no special character");
	}
	return octet_add(p, (unsigned char)*p->in++);
}

static int parse_atom(struct parser *p)
{
	const char c = *p->in++;
	int node = NO_NODE;

	switch (c) {
	case '(':
		return parse_group(p);
	case '[':
		return parse_bracket(p);
	case '\\':
		return parse_escape(p);
	case '^':
		return node_add(p, NODE_BEGIN, NO_NODE, NO_NODE);
	case '$':
		return node_add(p, NODE_END, NO_NODE, NO_NODE);
	case '.':
		node = node_add(p, NODE_OCTET, NO_NODE, NO_NODE);
		octets_add(&p->node[node].set, 0, UINT8_MAX);
		return node;
	case ')':
		return fault(p, "has a ')' without '('");
	case '*':
	case '+':
	case '?':
	case '{':
		return fault(p, "repeats nothing");
	default:
		return octet_add(p, (unsigned char)c);
	}
}

/* A number of at most REPEAT_MAX; more, and none, are faults. */
static unsigned parse_number(struct parser *p)
{
	const char *first = p->in;
	unsigned number = 0;

	for (; p->in < p->end && *p->in >= '0' && *p->in <= '9' && number <= REPEAT_MAX; p->in++) {
		number = number * 10 + (unsigned)(*p->in - '0');
	}
	if (p->in == first || number > REPEAT_MAX) {
		fault(p, "has a repetition count that is missing or above 255");
	}
	return number;
}

/* What stands behind '{'. */
static void parse_interval(struct parser *p, unsigned *min, unsigned *max)
{
	bool open = false;

	*min = parse_number(p);
	*max = *min;
	if (p->in < p->end && *p->in == ',') {
		p->in++;
		open = p->in < p->end && *p->in == '}';
		*max = open ? UNLIMITED : parse_number(p);
	}
	if (!open && *max < *min) {
		fault(p, "has a repetition count that ends before it begins");
	} else if (!open && *max == 0) {
		fault(p, "repeats something no times");
	}
	if (p->in == p->end || *p->in++ != '}') {
		fault(p, "has a '{' without '}'");
	}
}

static bool is_repetition(const struct parser *p)
{
	return p->in < p->end && strchr("*+?{", *p->in) != NULL;
}

static int parse_piece(struct parser *p)
{
	int atom = parse_atom(p);
	unsigned min = 0;
	unsigned max = UNLIMITED;

	if (atom == NO_NODE || !is_repetition(p)) {
		return atom;
	}
	if (p->node[atom].kind == NODE_BEGIN || p->node[atom].kind == NODE_END) {
		return fault(p, "repeats nothing");
	}
	switch (*p->in++) {
	case '{':
		parse_interval(p, &min, &max);
		break;
	case '+':
		min = 1;
		break;
	case '?':
		max = 1;
		break;
	default:
		break;
	}
	if (is_repetition(p)) {
		fault(p, "repeats a repetition");
	}
	if (p->why != NULL) {
		return NO_NODE;
	}
	atom = node_add(p, NODE_REPEAT, atom, NO_NODE);
	p->node[atom].min = min;
	p->node[atom].max = max;
	return atom;
}

static bool ends_alternative(const struct parser *p)
{
	return p->in == p->end || *p->in == '|' || (*p->in == ')' && p->depth > 0);
}

static int parse_sequence(struct parser *p)
{
	int node = NO_NODE;

	if (ends_alternative(p)) {
		return fault(p, "is empty, or an alternative or group in it is");
	}
	node = parse_piece(p);
	while (node != NO_NODE && !ends_alternative(p)) {
		const int next = parse_piece(p);

		node = next != NO_NODE ? node_add(p, NODE_CAT, node, next) : NO_NODE;
	}
	return node;
}

static int parse_alternatives(struct parser *p)
{
	int node = parse_sequence(p);

	while (node != NO_NODE && p->in < p->end && *p->in == '|') {
		int next = NO_NODE;

		p->in++;
		next = parse_sequence(p);
		node = next != NO_NODE ? node_add(p, NODE_ALT, node, next) : NO_NODE;
	}
	return node;
}

enum op {
	OP_OCTET, /* one of the set, then the next state */
	OP_BEGIN, /* nothing is before, then the next state */
	OP_END,   /* nothing is behind, then the next state */
	OP_SPLIT, /* the next state, and other */
	OP_JUMP,  /* other */
	OP_MATCH,
};

struct state {
	enum op op;
	unsigned other;
	struct octets set;
};

/* States that the octets so far lead to. */
struct list {
	unsigned n;
	uint16_t state[WILDCARD_STATES_MAX];
};

struct wildcard {
	char *name; /* prefix!expression!suffix */
	size_t prefix_len;
	const char *suffix; /* in name */
	size_t suffix_len;
	size_t steps;

	/* Scratch of a match. */
	struct list list[2];
	uint16_t stack[WILDCARD_STATES_MAX];
	bool marked[WILDCARD_STATES_MAX]; /* in the list that is being made */

	unsigned n;
	struct state state[];
};

/* The program, while it is made: full says that no room was left. */
struct program {
	const struct node *node;
	struct state state[WILDCARD_STATES_MAX];
	unsigned n;
	bool full;
};

static unsigned emit(struct program *out, enum op op, unsigned other)
{
	if (out->n == WILDCARD_STATES_MAX) {
		out->full = true;
		return 0;
	}
	out->state[out->n] = (struct state){.op = op, .other = other};
	return out->n++;
}

static void emit_node(struct program *out, int at);

/* a, min times; then without end or at most max - min times more. Each node emits a state, so that
 * the number of states bounds how long this takes. */
static void emit_repeat(struct program *out, const struct node *node)
{
	for (unsigned i = 0; i < node->min && !out->full; i++) {
		emit_node(out, node->a);
	}
	if (node->max == UNLIMITED) {
		const unsigned split = emit(out, OP_SPLIT, 0);

		emit_node(out, node->a);
		emit(out, OP_JUMP, split);
		out->state[split].other = out->n;
		return;
	}
	for (unsigned i = node->min; i < node->max && !out->full; i++) {
		const unsigned split = emit(out, OP_SPLIT, 0);

		emit_node(out, node->a);
		out->state[split].other = out->n;
	}
}

static void emit_node(struct program *out, int at)
{
	const struct node *node = &out->node[at];
	unsigned split = 0;
	unsigned jump = 0;

	if (out->full) {
		return;
	}
	switch (node->kind) {
	case NODE_OCTET:
		out->state[emit(out, OP_OCTET, 0)].set = node->set;
		break;
	case NODE_BEGIN:
		emit(out, OP_BEGIN, 0);
		break;
	case NODE_END:
		emit(out, OP_END, 0);
		break;
	case NODE_CAT:
		emit_node(out, node->a);
		emit_node(out, node->b);
		break;
	case NODE_ALT:
		split = emit(out, OP_SPLIT, 0);
		emit_node(out, node->a);
		jump = emit(out, OP_JUMP, 0);
		out->state[split].other = out->n;
		emit_node(out, node->b);
		out->state[jump].other = out->n;
		break;
	case NODE_REPEAT:
		emit_repeat(out, node);
		break;
	}
}

/* The exclamation marks of a wildcarded identity: the outside pair (TS 23.003 13.5). */
static bool marks_find(const char *impu, const char **open, const char **close)
{
	*open = strchr(impu, '!');
	*close = strrchr(impu, '!');
	return *open != *close;
}

bool wildcard_literals_agree(const char *wildcarded, const char *impu)
{
	const size_t len = strlen(impu);
	const char *open = NULL;
	const char *close = NULL;
	size_t prefix_len = 0;
	size_t suffix_len = 0;

	if (!marks_find(wildcarded, &open, &close)) {
		return false;
	}
	prefix_len = (size_t)(open - wildcarded);
	suffix_len = strlen(close + 1);
	return prefix_len + suffix_len <= len && memcmp(impu, wildcarded, prefix_len) == 0 &&
	       memcmp(impu + len - suffix_len, close + 1, suffix_len) == 0;
}

static enum hss_err program_make(const char *in, const char *end, struct program *out,
                                 const char **why)
{
	/* An octet makes at most an atom, its repetition and what joins it to the one before. */
	const size_t nodes = 3 * (size_t)(end - in) + 1;
	struct parser p = {.in = in, .end = end, .node = calloc(nodes, sizeof(*p.node))};
	int root = NO_NODE;

	if (p.node == NULL) {
		return HSS_ERR_MEMORY;
	}
	root = parse_alternatives(&p);
	if (root != NO_NODE) {
		out->node = p.node;
		emit_node(out, root);
		emit(out, OP_MATCH, 0);
	}
	if (p.why == NULL && out->full) {
		p.why = "repeats too much";
	}
	free(p.node);
	if (p.why != NULL && why != NULL) {
		*why = p.why;
	}
	return p.why == NULL ? HSS_OK : HSS_ERR_INVALID;
}

static enum hss_err wildcard_fill(struct wildcard *w, const struct program *program,
                                  const char *impu, const char *open, const char *close)
{
	w->name = strdup(impu);
	if (w->name == NULL) {
		return HSS_ERR_MEMORY;
	}
	w->prefix_len = (size_t)(open - impu);
	w->suffix = w->name + (close + 1 - impu);
	w->suffix_len = strlen(w->suffix);
	w->n = program->n;
	memcpy(w->state, program->state, program->n * sizeof(program->state[0]));
	return HSS_OK;
}

enum hss_err wildcard_make(const char *impu, struct wildcard **out, const char **why)
{
	struct program *program = calloc(1, sizeof(*program));
	const char *open = NULL;
	const char *close = NULL;
	enum hss_err err = program != NULL ? HSS_OK : HSS_ERR_MEMORY;

	*out = NULL;
	if (err == HSS_OK && strnlen(impu, IMPU_LEN_MAX + 1) > IMPU_LEN_MAX) {
		err = HSS_ERR_INVALID;
		open = "is too long";
	} else if (err == HSS_OK && !marks_find(impu, &open, &close)) {
		err = HSS_ERR_INVALID;
		open = "is not between two exclamation marks";
	}
	if (err == HSS_ERR_INVALID && why != NULL) {
		*why = open;
	}
	if (err == HSS_OK) {
		err = program_make(open + 1, close, program, why);
	}
	if (err == HSS_OK) {
		*out = calloc(1, sizeof(**out) + program->n * sizeof(program->state[0]));
		err = *out != NULL ? wildcard_fill(*out, program, impu, open, close)
		                   : HSS_ERR_MEMORY;
	}
	if (err != HSS_OK) {
		wildcard_free(*out);
		*out = NULL;
	}
	free(program);
	return err;
}

void wildcard_free(struct wildcard *wildcard)
{
	if (wildcard != NULL) {
		free(wildcard->name);
		free(wildcard);
	}
}

static void stack_push(struct wildcard *w, unsigned *n, unsigned state)
{
	if (!w->marked[state]) {
		w->marked[state] = true;
		w->stack[(*n)++] = (uint16_t)state;
		w->steps++;
	}
}

/* Add a state and all that it leads to without an octet, each at most once. */
static void follow(struct wildcard *w, struct list *list, unsigned state, bool begin, bool end)
{
	unsigned n = 0;

	stack_push(w, &n, state);
	while (n > 0) {
		const unsigned at = w->stack[--n];

		switch (w->state[at].op) {
		case OP_OCTET:
		case OP_MATCH:
			list->state[list->n++] = (uint16_t)at;
			break;
		case OP_BEGIN:
			if (begin) {
				stack_push(w, &n, at + 1);
			}
			break;
		case OP_END:
			if (end) {
				stack_push(w, &n, at + 1);
			}
			break;
		case OP_SPLIT:
			stack_push(w, &n, at + 1);
			stack_push(w, &n, w->state[at].other);
			break;
		case OP_JUMP:
			stack_push(w, &n, w->state[at].other);
			break;
		}
	}
}

static bool run(struct wildcard *w, const char *in, size_t len)
{
	struct list *now = &w->list[0];
	struct list *next = &w->list[1];

	now->n = 0;
	memset(w->marked, 0, w->n * sizeof(w->marked[0]));
	follow(w, now, 0, true, len == 0);
	for (size_t i = 0; i < len && now->n > 0; i++) {
		struct list *swap = now;

		next->n = 0;
		memset(w->marked, 0, w->n * sizeof(w->marked[0]));
		for (unsigned k = 0; k < now->n; k++) {
			const struct state *state = &w->state[now->state[k]];

			if (state->op == OP_OCTET &&
			    octets_has(&state->set, (unsigned char)in[i])) {
				follow(w, next, now->state[k] + 1, false, i + 1 == len);
			}
		}
		now = next;
		next = swap;
	}
	for (unsigned k = 0; k < now->n; k++) {
		if (w->state[now->state[k]].op == OP_MATCH) {
			return true;
		}
	}
	return false;
}

bool wildcard_matches(struct wildcard *wildcard, const char *impu)
{
	wildcard->steps = 0;
	return wildcard_literals_agree(wildcard->name, impu) &&
	       run(wildcard, impu + wildcard->prefix_len,
	           strlen(impu) - wildcard->prefix_len - wildcard->suffix_len);
}

size_t wildcard_steps(const struct wildcard *wildcard)
{
	return wildcard->steps;
}
