package io.fdwork.descriptor;

/**
 * Is told what becomes of the connections of a {@link ReadinessSet}, on its thread. Must
 * not throw.
 *
 * @hidden
 */
@Internal
public interface ReadinessObserver {

	/**
	 * The client has sent something, which is still to be read; or that is not waited
	 * for. May wait.
	 * @param connection the connection, the observer's from now on
	 */
	void ready(TcpConnection connection);

	/**
	 * A client has gone without having sent anything. Its connection is closed.
	 */
	void left();

	/**
	 * A client has sent nothing in time. Its connection is closed.
	 */
	void timedOut();

	/**
	 * The connection that had waited longest was closed, as there are too many.
	 */
	void evicted();

}
