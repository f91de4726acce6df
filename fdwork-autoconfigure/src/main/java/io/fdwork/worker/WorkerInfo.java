package io.fdwork.worker;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a daemon knows of a worker at one moment.
 *
 * @param id tells it from every other that was connected to this daemon
 * @param pid its process, as the kernel says; 0 for one in a pid namespace that the
 * daemon does not see
 * @param name what it calls itself
 * @param state where it is in its life
 * @param queues the queues that it serves
 * @param since when it registered
 * @param generation the refresh that started it, from 1; 0 for a worker of no fleet
 * @param active how many works it has in hand
 * @param concurrency how many it can have in hand
 * @param got how many works it has got since its start
 * @param management the address of its management server, {@code null} if it has none of
 * its own
 * @param leader whether it is the {@linkplain Leadership leader}
 */
public record WorkerInfo(long id, long pid, String name, WorkerState state, List<String> queues, Instant since,
		int generation, int active, int concurrency, long got, @Nullable String management, boolean leader) {
}
