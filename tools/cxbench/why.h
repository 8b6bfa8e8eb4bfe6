/* Why something failed, as text for the person in front of the screen. Never holds a secret. */
#ifndef CXBENCH_WHY_H
#define CXBENCH_WHY_H

#include <stdbool.h>

struct why {
	char text[512];
};

/* Set the text, cut to fit. Returns false always, to be returned in turn. */
bool why_set(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
