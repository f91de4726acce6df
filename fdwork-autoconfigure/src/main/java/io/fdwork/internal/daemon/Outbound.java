package io.fdwork.internal.daemon;

import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.ControlMessage;

/**
 * What waits to be written to a worker.
 *
 * @param content the message
 * @param descriptors what travels with it; closed with it
 */
record Outbound(ControlMessage content, List<Descriptor> descriptors) implements AutoCloseable {

	@Override
	public void close() {
		this.descriptors.forEach(Descriptor::close);
	}

}
