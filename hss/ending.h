/*
 * freeDiameter's end, made to be one.
 *
 * freeDiameter 1.2.1 destroys a queue by waking who waits in it, and aborts when they have not left
 * after 20 rounds of a millisecond (fd_fifo_del); on a busy machine threads take longer than that
 * to get their turn. So SIGTERM sometimes ended in SIGABRT, with requests in our queue unserved and
 * a status that says failure; so did scscf, whose work was done. From the thread that shuts
 * freeDiameter down, an abort therefore closes our parts in good order, and ends the process with
 * success. Any other abort is one.
 */
#ifndef QUINTET_HSS_ENDING_H
#define QUINTET_HSS_ENDING_H

/*
 * Watch over the end.
 *
 *   finish  closes the parts, for the thread that shuts freeDiameter down; what it takes is limited
 *           to ENDING_S seconds, after which the process is killed (SIGALRM). Returns the exit
 *           status.
 */
void ending_open(int (*finish)(void));

/* The parts are closed. */
void ending_close(void);

enum { ENDING_S = 30 };

#endif
