package io.fdwork.internal.recovery;

import java.lang.ref.WeakReference;
import java.util.Objects;

import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.KernelQueue;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon itself knows of a connection under an entry of the table, in which it
 * believes nothing but what becomes of that. Guarded by its {@link ServedConnections}.
 */
final class ServedConnection {

	private static final byte[] NOTHING = {};

	final int index;

	KernelQueue queue;

	// Null before its first put from home
	@Nullable WorkRequest request;

	/**
	 * The nonce of its last put.
	 */
	long nonce;

	/**
	 * The place of that in the order of the queue, 0 while it is not in it.
	 */
	long sequence;

	/**
	 * What the daemon holds of it: nothing while it is being put, at home, or after
	 * somebody has come to its queue who claims nothing.
	 */
	@Nullable Descriptor copy;

	/**
	 * Whether it is being put at this moment: it may be sent already.
	 */
	boolean beingPut;

	/**
	 * Whether it is held no more, and only its entry must not be used for another one.
	 */
	boolean dropped;

	/**
	 * Its descriptor at home, or in a request that was not sent yet.
	 */
	@Nullable WeakReference<Descriptor> home;

	/**
	 * The word of its entry at home.
	 */
	long homeWord;

	/**
	 * How much of it was read and written before its first put.
	 */
	long firstRead;

	long firstWritten;

	/**
	 * What was put again with it, {@code null} for nothing.
	 */
	@Nullable Replay replay;

	/**
	 * When it was first seen to have left the queue without having been claimed, 0 if it
	 * was not.
	 */
	long missingNanos;

	/**
	 * How often it was put again without having been claimed.
	 */
	int missed;

	/**
	 * Whether somebody may have got a put of it that he claims very late.
	 */
	boolean doubled;

	/**
	 * The nonce with which its entry was seen in a state that it cannot have.
	 */
	long strangeNonce;

	ServedConnection(int index, KernelQueue queue, @Nullable WorkRequest request) {
		this.index = index;
		this.queue = queue;
		this.request = request;
	}

	/**
	 * Return what it was put with last.
	 */
	WorkRequest requiredRequest() {
		return Objects.requireNonNull(this.request);
	}

	/**
	 * Return whether it is at home, or about to be put from there.
	 */
	boolean isHome() {
		return this.home != null && this.copy == null && !this.beingPut;
	}

	/**
	 * Return what was read from it already by who has not answered it.
	 */
	byte[] preread() {
		return (this.replay != null) ? this.replay.bytes() : NOTHING;
	}

	/**
	 * Return whether its descriptor at home has been closed or moved elsewhere.
	 */
	boolean hasLeftHome() {
		Descriptor descriptor = (this.home != null) ? this.home.get() : null;
		return descriptor == null || !descriptor.isOpen();
	}

	/**
	 * Requests that are given to a second worker.
	 *
	 * @param bytes what the first one had read of them
	 * @param read how many bytes had been read before
	 * @param written how many had been written
	 */
	record Replay(byte[] bytes, long read, long written) {
	}

}
