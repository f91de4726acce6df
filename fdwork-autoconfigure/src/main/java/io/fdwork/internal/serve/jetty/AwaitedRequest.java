package io.fdwork.internal.serve.jetty;

import org.eclipse.jetty.io.FillInterest;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * What Jetty reads the next request of a connection with, unless it is taken away before.
 */
final class AwaitedRequest implements Callback {

	private volatile @Nullable Callback reader;

	private @Nullable Thread taker;

	/**
	 * Wait for the next request.
	 * @param reader reads it
	 * @return what is to be called when it is there
	 */
	Callback by(Callback reader) {
		this.reader = reader;
		return this;
	}

	/**
	 * Return whether the next request is awaited, most likely.
	 */
	boolean isThere() {
		return this.reader != null;
	}

	/**
	 * Take the reader away.
	 * @param interest where this is registered
	 * @return whether it was still there. Nobody reads if so
	 */
	synchronized boolean takeFrom(FillInterest interest) {
		if (!isThere()) {
			return false;
		}
		this.taker = Thread.currentThread();
		// Jetty gives it to one caller only
		interest.fillable();
		boolean taken = this.taker == null;
		this.taker = null;
		return taken;
	}

	@Override
	public void succeeded() {
		Callback reader = next();
		if (reader != null) {
			reader.succeeded();
		}
	}

	@Override
	public void failed(Throwable failure) {
		Callback reader = next();
		if (reader != null) {
			reader.failed(failure);
		}
	}

	private synchronized @Nullable Callback next() {
		Callback reader = this.reader;
		this.reader = null;
		if (this.taker != Thread.currentThread()) {
			return reader;
		}
		this.taker = null;
		return null;
	}

	@Override
	public InvocationType getInvocationType() {
		Callback reader = this.reader;
		return (reader != null) ? reader.getInvocationType() : InvocationType.BLOCKING;
	}

}
