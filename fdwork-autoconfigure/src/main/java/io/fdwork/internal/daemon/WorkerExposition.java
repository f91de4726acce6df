package io.fdwork.internal.daemon;

/**
 * The meters of the application of a worker.
 *
 * @param worker what the worker calls itself
 * @param pid the pid of its process, 0 for one that the daemon does not see
 * @param id tells it from every other that was connected to this daemon
 * @param text the meters, in a format of Prometheus
 */
public record WorkerExposition(String worker, long pid, long id, byte[] text) {
}
