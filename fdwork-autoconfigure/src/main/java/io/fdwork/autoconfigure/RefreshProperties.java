package io.fdwork.autoconfigure;

import java.time.Duration;

/**
 * Properties of how a refresh tries a new generation of workers out.
 */
public class RefreshProperties {

	/**
	 * For how long a new generation of workers must stay well, while the one before waits
	 * to serve again, unless the refresh says otherwise. 0 for not at all.
	 */
	private Duration bakeTime = Duration.ZERO;

	/**
	 * How many workers of a new generation must stay well for that time beside those of
	 * the one before, until the others are replaced, unless the refresh says otherwise.
	 */
	private int canary;

	/**
	 * How many requests each of both generations must have answered before they are
	 * compared.
	 */
	private int minRequests = 100;

	/**
	 * How many times as large a share of the requests must fail with the new generation
	 * as with the one before, for it to be worse.
	 */
	private double failureFactor = 2;

	/**
	 * By how much the share of the requests that fail must be larger, too: 0.01 is one of
	 * a hundred.
	 */
	private double failureTolerance = 0.01;

	/**
	 * How many times as long the 95th percentile of the service time must be with the new
	 * generation as with the one before, for it to be worse.
	 */
	private double serviceTimeFactor = 2;

	/**
	 * By how much the 95th percentile of the service time must be longer, too.
	 */
	private Duration serviceTimeTolerance = Duration.ofMillis(10);

	public Duration getBakeTime() {
		return this.bakeTime;
	}

	public void setBakeTime(Duration bakeTime) {
		this.bakeTime = bakeTime;
	}

	public int getCanary() {
		return this.canary;
	}

	public void setCanary(int canary) {
		this.canary = canary;
	}

	public int getMinRequests() {
		return this.minRequests;
	}

	public void setMinRequests(int minRequests) {
		this.minRequests = minRequests;
	}

	public double getFailureFactor() {
		return this.failureFactor;
	}

	public void setFailureFactor(double failureFactor) {
		this.failureFactor = failureFactor;
	}

	public double getFailureTolerance() {
		return this.failureTolerance;
	}

	public void setFailureTolerance(double failureTolerance) {
		this.failureTolerance = failureTolerance;
	}

	public double getServiceTimeFactor() {
		return this.serviceTimeFactor;
	}

	public void setServiceTimeFactor(double serviceTimeFactor) {
		this.serviceTimeFactor = serviceTimeFactor;
	}

	public Duration getServiceTimeTolerance() {
		return this.serviceTimeTolerance;
	}

	public void setServiceTimeTolerance(Duration serviceTimeTolerance) {
		this.serviceTimeTolerance = serviceTimeTolerance;
	}

}
