package io.fdwork.internal.daemon;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.AcceptTerms;

/**
 * What workers keep for a daemon that dies.
 *
 * @param listeners the listeners, to be closed by whoever has this
 * @param terms when workers accept from each
 */
record KeptListeners(List<Descriptor> listeners, List<AcceptTerms> terms) implements AutoCloseable {

	/**
	 * Duplicate listeners.
	 * @param listeners the listeners; stay the caller's
	 * @return duplicates, to be closed by the caller
	 */
	static KeptListeners of(List<Listener> listeners) throws IOException {
		List<Descriptor> duplicates = new ArrayList<>();
		try {
			for (Listener listener : listeners) {
				duplicates.add(listener.duplicate());
			}
			return new KeptListeners(duplicates, listeners.stream().map(Listener::terms).toList());
		}
		catch (Throwable ex) {
			duplicates.forEach(Descriptor::close);
			throw ex;
		}
	}

	/**
	 * Duplicate these.
	 * @return duplicates, to be closed by the caller
	 */
	List<Descriptor> duplicates() throws IOException {
		List<Descriptor> duplicates = new ArrayList<>();
		try {
			for (Descriptor listener : this.listeners) {
				duplicates.add(listener.duplicate());
			}
			return duplicates;
		}
		catch (Throwable ex) {
			duplicates.forEach(Descriptor::close);
			throw ex;
		}
	}

	@Override
	public void close() {
		this.listeners.forEach(Descriptor::close);
	}

}
