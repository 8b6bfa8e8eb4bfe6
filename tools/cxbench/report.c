#include "tools/cxbench/report.h"

#include <inttypes.h>

enum { P50 = 5000, P90 = 9000, P99 = 9900, P999 = 9990, NS_OF_US = 1000 };

/* The numbers that both forms show. */
struct figures {
	double seconds, rate, success_rate, cpu_us;
	double p50, p90, p99, p999, max, success_p99, success_sent_p99;
};

static double us(uint64_t ns)
{
	return (double)ns / NS_OF_US;
}

static struct figures figures_of(const struct load_result *result)
{
	struct figures f = {.seconds = (double)result->measured_time / 1e9};

	if (f.seconds > 0) {
		f.rate = (double)result->measured / f.seconds;
		f.success_rate = (double)result->measured_success / f.seconds;
	}
	if (result->cpu_answers > 0) {
		f.cpu_us = us(result->cpu_time) / (double)result->cpu_answers;
	}
	f.p50 = us(histogram_percentile(&result->latency, P50));
	f.p90 = us(histogram_percentile(&result->latency, P90));
	f.p99 = us(histogram_percentile(&result->latency, P99));
	f.p999 = us(histogram_percentile(&result->latency, P999));
	f.max = us(result->latency.max);
	f.success_p99 = us(histogram_percentile(&result->success_latency, P99));
	f.success_sent_p99 = us(histogram_percentile(&result->success_since_sent, P99));
	return f;
}

static void lines_write(FILE *out, const struct settings *settings,
                        const struct load_result *result, const struct checker *checker,
                        const struct figures *f)
{
	(void)fprintf(out,
	              "load: %s, %" PRIu64 " connections, window %" PRIu64 ", %" PRIu64
	              " vectors, rate %.0f/s offered%s\n",
	              command_name(settings->command), settings->connections, settings->window,
	              settings->vectors, settings->rate,
	              result->interrupted ? ", interrupted" : "");
	(void)fprintf(out,
	              "sent: %" PRIu64 ", answers %" PRIu64 " (success %" PRIu64 ", busy %" PRIu64
	              ", refused %" PRIu64 "), lost %" PRIu64 ", outstanding %" PRIu64
	              ", reconnects %" PRIu64 "\n",
	              result->sent, result->answers, result->success, result->busy, result->refused,
	              result->lost, result->outstanding, result->reconnects);
	(void)fprintf(out, "rate: %.0f/s over %.3f s, success %.0f/s\n", f->rate, f->seconds,
	              f->success_rate);
	(void)fprintf(out,
	              "latency: p50 %.1f us, p90 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f "
	              "us; p99 of successes %.1f us, since they were sent %.1f us\n",
	              f->p50, f->p90, f->p99, f->p999, f->max, f->success_p99, f->success_sent_p99);
	(void)fprintf(out,
	              "vectors: %" PRIu64 " verified, SQN twice %" PRIu64 ", SQN back %" PRIu64
	              "; state lost %" PRIu64 "\n",
	              checker->n_verified, checker->faults->n[FAULT_SQN_DUPLICATE],
	              checker->faults->n[FAULT_SQN_BACK], checker->faults->n[FAULT_STATE_LOST]);
	(void)fprintf(out,
	              "cxbench: %.2f us of CPU a request; requests of the HSS refused: %" PRIu64
	              "\n",
	              f->cpu_us, result->peer_requests);
	(void)fprintf(out, "faults: %" PRIu64 "\n", checker->faults->total);
}

static void json_write(FILE *out, const struct settings *settings, const struct load_result *result,
                       const struct checker *checker, const struct figures *f)
{
	const struct faults *faults = checker->faults;

	(void)fprintf(out,
	              "{\"command\":\"%s\",\"connections\":%" PRIu64 ",\"window\":%" PRIu64
	              ",\"vectors\":%" PRIu64 ",\"rate_offered\":%.3f,\"seconds\":%.6f,",
	              command_name(settings->command), settings->connections, settings->window,
	              settings->vectors, settings->rate, f->seconds);
	(void)fprintf(out,
	              "\"sent\":%" PRIu64 ",\"answers\":%" PRIu64 ",\"success\":%" PRIu64
	              ",\"busy\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"lost\":%" PRIu64
	              ",\"outstanding\":%" PRIu64 ",\"reconnects\":%" PRIu64 ",",
	              result->sent, result->answers, result->success, result->busy, result->refused,
	              result->lost, result->outstanding, result->reconnects);
	(void)fprintf(out,
	              "\"rate\":%.1f,\"success_rate\":%.1f,\"p50_us\":%.1f,\"p90_us\":%.1f,"
	              "\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,\"success_p99_us\":%.1f,"
	              "\"success_sent_p99_us\":%.1f,",
	              f->rate, f->success_rate, f->p50, f->p90, f->p99, f->p999, f->max,
	              f->success_p99, f->success_sent_p99);
	(void)fprintf(out,
	              "\"vectors_verified\":%" PRIu64 ",\"sqn_duplicates\":%" PRIu64
	              ",\"sqn_back\":%" PRIu64 ",\"state_lost\":%" PRIu64 ",\"faults\":%" PRIu64
	              ",\"cpu_us\":%.3f,\"interrupted\":%s}\n",
	              checker->n_verified, faults->n[FAULT_SQN_DUPLICATE],
	              faults->n[FAULT_SQN_BACK], faults->n[FAULT_STATE_LOST], faults->total,
	              f->cpu_us, result->interrupted ? "true" : "false");
}

bool report_write(FILE *out, const struct settings *settings, const struct load_result *result,
                  const struct checker *checker)
{
	const struct figures f = figures_of(result);

	lines_write(out, settings, result, checker, &f);
	json_write(out, settings, result, checker, &f);
	return fflush(out) == 0 && ferror(out) == 0;
}
