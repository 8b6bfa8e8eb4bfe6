/* What a run came to: lines for people, then one line of JSON. */
#ifndef CXBENCH_REPORT_H
#define CXBENCH_REPORT_H

#include <stdio.h>

#include "tools/cxbench/load.h"

/* Write it to out. False when that fails. */
bool report_write(FILE *out, const struct settings *settings, const struct load_result *result,
                  const struct checker *checker);

#endif
