package io.fdwork.autoconfigure;

/**
 * Properties of the page of the fleet.
 */
public class PageProperties {

	/**
	 * Whether the endpoint of the daemon has a page of the fleet, for a browser.
	 */
	private boolean enabled = true;

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

}
