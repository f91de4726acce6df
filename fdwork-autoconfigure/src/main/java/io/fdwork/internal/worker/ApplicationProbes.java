package io.fdwork.internal.worker;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;
import java.util.function.Supplier;

import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.WorkerFigures;
import org.jspecify.annotations.Nullable;

/**
 * What a worker tells its daemon of the process that it is part of. The suppliers are
 * asked with each report, on the control thread; one that throws tells nothing. The
 * exposition is asked on a thread of its own, and only when the daemon wants it.
 *
 * @param membership which fleet started the process, {@code null} for none
 * @param management gives the address of its management server, {@code null} while it has
 * none
 * @param requests gives its HTTP requests, {@code null} if these are not measured
 * @param leader gives whether it is the leader, {@code null} if it does not know
 * @param health looks at the health and gives what is down, {@code null} if nothing is
 * known to be; asked when the daemon wants to know it, on a thread of its own
 * @param exposition writes the meters of its application
 */
public record ApplicationProbes(@Nullable Membership membership, Supplier<@Nullable String> management,
		Supplier<WorkerFigures.@Nullable Requests> requests, Supplier<@Nullable Boolean> leader,
		Supplier<@Nullable String> health, Exposition exposition) {

	/**
	 * A process that has nothing to tell.
	 */
	public static final ApplicationProbes NONE = new ApplicationProbes(null, () -> null, () -> null, () -> null,
			() -> null, (output, format, names) -> {
			});

	/**
	 * Tells the address of the management server. A bean type of its own, as what knows
	 * it is optional.
	 */
	@FunctionalInterface
	public interface Management extends Supplier<@Nullable String> {

	}

	/**
	 * Tells what is down. A bean type of its own, as what knows it is optional.
	 */
	@FunctionalInterface
	public interface Health extends Supplier<@Nullable String> {

	}

	/**
	 * Writes the meters of the application in a format of Prometheus. A bean type of its
	 * own, as what has such meters is optional.
	 */
	@FunctionalInterface
	public interface Exposition {

		/**
		 * Write the meters, or nothing if there are none.
		 * @param output where they go; stays open
		 * @param format the content type
		 * @param names of which families; of all if empty
		 * @throws IOException if they cannot be written
		 */
		void writeTo(OutputStream output, String format, Set<String> names) throws IOException;

	}

	/**
	 * Tells the HTTP requests. A bean type of its own, as what measures them is optional.
	 */
	@FunctionalInterface
	public interface Requests extends Supplier<WorkerFigures.@Nullable Requests> {

	}

}
