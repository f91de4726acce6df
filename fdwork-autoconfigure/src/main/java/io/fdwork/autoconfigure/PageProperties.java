package io.fdwork.autoconfigure;

import java.util.ArrayList;
import java.util.List;

/**
 * Properties of the page of the fleet.
 */
public class PageProperties {

	/**
	 * Whether the endpoint of the daemon has a page of the fleet, for a browser.
	 */
	private boolean enabled = true;

	/**
	 * Names of hosts with a dot under which browsers reach the management server without
	 * TLS and may operate the daemon: a site that lets its own name lead to this machine
	 * may not. Addresses, names without a dot and "localhost" need not be listed.
	 */
	private List<String> hosts = new ArrayList<>();

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public List<String> getHosts() {
		return this.hosts;
	}

	public void setHosts(List<String> hosts) {
		this.hosts = hosts;
	}

}
