package io.fdwork.internal.serve.tomcat;

import io.fdwork.Work;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

import org.springframework.http.server.observation.ServerRequestObservationContext;

/**
 * The work whose request a thread of Tomcat processes, once somebody wants to know.
 */
public final class CurrentWork {

	private static final ThreadLocal<Work> works = new ThreadLocal<>();

	private static volatile boolean wanted;

	private CurrentWork() {
	}

	/**
	 * Want to know it from now on.
	 */
	public static void want() {
		wanted = true;
	}

	static void set(Work work) {
		if (wanted) {
			works.set(work);
		}
	}

	static void clear() {
		if (wanted) {
			works.remove();
		}
	}

	/**
	 * Return the work of a request that is observed from its start on.
	 * @return the work, {@code null} if something else is observed
	 */
	public static @Nullable Work of(Observation.Context context) {
		return (context instanceof ServerRequestObservationContext) ? works.get() : null;
	}

}
