package io.fdwork.worker;

/**
 * Whether this process is the leader: the one of several workers that does what must be
 * done once, for instance on a schedule. A bean of every role. Without a fleet
 * ({@code fdwork.role=none}) this process is alone, and the leader; a daemon never is.
 * <p>
 * Of the workers that share the directory of a daemon, one at most is the leader at any
 * time: it holds a lock of the kernel, which ends with its process, however that ends,
 * and with nothing else that happens to it. A worker takes it once it is ready, or when
 * the last leader has gone; it gives it back when it drains, after what
 * {@link #runIfLeader(Runnable)} runs has ended. Workers on other machines know nothing
 * of it.
 * <p>
 * Spring Integration's {@code OnGrantedEvent} and {@code OnRevokedEvent} with the role
 * {@value #ROLE} tell of each change, so that endpoints with {@code @Role("leader")}
 * start and stop by themselves.
 */
public interface Leadership {

	/**
	 * The role of the events and of endpoints.
	 */
	String ROLE = "leader";

	/**
	 * Return whether this process is the leader at this moment. It may not be the next:
	 * see {@link #runIfLeader(Runnable)}.
	 * @return whether it is
	 */
	boolean isLeader();

	/**
	 * Run a task if this process is the leader. No other becomes the leader before the
	 * task has ended, unless this process ends.
	 * @param task what to run, on the thread of the caller
	 * @return whether it was run
	 */
	boolean runIfLeader(Runnable task);

}
