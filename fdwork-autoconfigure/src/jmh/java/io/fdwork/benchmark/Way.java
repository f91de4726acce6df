package io.fdwork.benchmark;

import java.io.IOException;
import java.util.List;

import io.fdwork.descriptor.Descriptor;

/**
 * The ways of a request from one thread to another that are compared.
 */
public enum Way {

	/**
	 * A queue of fdwork: a frame with the addresses of a connection, and a descriptor.
	 */
	QUEUE {

		@Override
		PutSide open() throws IOException {
			return QueueSides.open();
		}

		@Override
		GetSide openGetSide(List<Descriptor> descriptors) throws IOException {
			return QueueSides.openGetSide(descriptors);
		}

	},

	/**
	 * A bare pair of sockets: as many bytes, and a descriptor.
	 */
	SOCKETS_WITH_DESCRIPTOR {

		@Override
		PutSide open() throws IOException {
			return SocketSides.open(true);
		}

		@Override
		GetSide openGetSide(List<Descriptor> descriptors) throws IOException {
			return SocketSides.openGetSide(descriptors, true);
		}

	},

	/**
	 * A bare pair of sockets: as many bytes, and no descriptor.
	 */
	SOCKETS {

		@Override
		PutSide open() throws IOException {
			return SocketSides.open(false);
		}

		@Override
		GetSide openGetSide(List<Descriptor> descriptors) throws IOException {
			return SocketSides.openGetSide(descriptors, false);
		}

	},

	/**
	 * A queue in the heap. It leads to no other process.
	 */
	IN_PROCESS {

		@Override
		PutSide open() {
			return new InProcessSides();
		}

		@Override
		GetSide openGetSide(List<Descriptor> descriptors) {
			throw new UnsupportedOperationException("A queue in the heap leads to no other process");
		}

	};

	/**
	 * Open an empty way.
	 * @return where requests go in, to be closed by the caller
	 */
	abstract PutSide open() throws IOException;

	/**
	 * Open the other side in another process.
	 * @param descriptors what {@link PutSide#duplicateForGetSide()} gave; moved
	 * @return where requests come out, to be closed by the caller
	 */
	abstract GetSide openGetSide(List<Descriptor> descriptors) throws IOException;

}
