package io.fdwork.sample.bench;

import java.util.Locale;

/**
 * Something that is measured.
 */
enum Figure {

	/**
	 * Requests that were answered.
	 */
	RATE("requests/s", 0),

	/**
	 * Bytes of answers.
	 */
	MEGABYTES("MB/s", 0),

	/**
	 * Time of a request, that half of them do not exceed.
	 */
	P50("p50 ms", 2),

	/**
	 * Time of a request, that nine of ten do not exceed.
	 */
	P90("p90 ms", 2),

	/**
	 * Time of a request, that 99 of 100 do not exceed.
	 */
	P99("p99 ms", 2),

	/**
	 * Time of a request, that 999 of 1,000 do not exceed.
	 */
	P999("p99.9 ms", 2),

	/**
	 * Time of a short request, that half of them do not exceed.
	 */
	SHORT_P50("short p50 ms", 2),

	/**
	 * Time of a short request, that 99 of 100 do not exceed.
	 */
	SHORT_P99("short p99 ms", 1),

	/**
	 * Time of a short request, that 999 of 1,000 do not exceed.
	 */
	SHORT_P999("short p99.9 ms", 1),

	/**
	 * Time of a long request, that 99 of 100 do not exceed.
	 */
	LONG_P99("long p99 ms", 1),

	/**
	 * From put to the start of the handler, what half do not exceed.
	 */
	WAIT_P50("p50 µs", 1),

	/**
	 * From put to the start of the handler, what nine of ten do not exceed.
	 */
	WAIT_P90("p90 µs", 1),

	/**
	 * From put to the start of the handler, what 99 of 100 do not exceed.
	 */
	WAIT_P99("p99 µs", 1),

	/**
	 * From put to the start of the handler, what 999 of 1,000 do not exceed.
	 */
	WAIT_P999("p99.9 µs", 1),

	/**
	 * Processor time of all processes of a contender for a request.
	 */
	CPU("CPU µs/request", 1),

	/**
	 * Memory that all processes of a contender have got for a connection.
	 */
	CONNECTION_BYTES("bytes/connection", 0),

	/**
	 * Requests that were not answered as they should be.
	 */
	FAILED("failed", 0),

	/**
	 * Part of the processors that other processes and other machines have taken.
	 */
	NOISE("noise %", 1);

	private final String label;

	private final int digits;

	Figure(String label, int digits) {
		this.label = label;
		this.digits = digits;
	}

	/**
	 * Return its name and its unit.
	 */
	String label() {
		return this.label;
	}

	/**
	 * Write a value with as many digits as say something.
	 */
	String format(double value) {
		return String.format(Locale.ROOT, "%,." + this.digits + "f", value);
	}

}
