package io.fdwork.descriptor;

import java.util.List;

/**
 * A message that was received: its length in the buffer, and the descriptors that came
 * with it.
 *
 * @param length the number of bytes in the buffer
 * @param descriptors what came with the message, to be closed or moved by the receiver
 * @hidden
 */
@Internal
public record Received(int length, List<Descriptor> descriptors) implements AutoCloseable {

	/**
	 * Close the descriptors that have not been moved.
	 */
	@Override
	public void close() {
		this.descriptors.forEach(Descriptor::close);
	}

}
