package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;

/**
 * Whom a listener accepts for. Called on the accepting thread, and must not throw. A
 * listener that does not wait for what clients send tells of none that is silent.
 *
 * @hidden
 */
@Internal
public interface AcceptHandler extends ReadinessObserver {

	/**
	 * Wait until there is room for a connection, or until told to wait no longer. Called
	 * before each is accepted, so that none is in the hands of the process meanwhile.
	 * @param goOn whether to wait any longer
	 * @return whether there is room
	 */
	boolean awaitRoom(BooleanSupplier goOn);

	/**
	 * Say where connections wait for their clients, of a listener that lets them. Called
	 * before the first is accepted, on the thread that starts it.
	 * @param silent those that wait
	 */
	default void waitIn(ReadinessSet silent) {
		// As the listener does
	}

	/**
	 * Return whether a client may connect. If not, its connection is closed at once.
	 * @param remote the address of the client
	 * @return whether it may
	 */
	default boolean admits(InetSocketAddress remote) {
		return true;
	}

	/**
	 * A connection was accepted. The handler gets it, or is told what becomes of it, at
	 * once or when its client has sent something.
	 */
	void accepted();

	/**
	 * Accepting failed. It is tried again.
	 * @param ex why
	 */
	void failed(IOException ex);

	@Override
	default void left() {
		// None waits for its client
	}

	@Override
	default void timedOut() {
		// None waits for its client
	}

	@Override
	default void evicted() {
		// None waits for its client
	}

}
