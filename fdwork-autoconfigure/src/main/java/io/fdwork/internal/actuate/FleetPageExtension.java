package io.fdwork.internal.actuate;

import java.util.function.BooleanSupplier;

import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * What the {@link FdworkEndpoint} has over HTTP with a page for people: below the path of
 * the endpoint, so whoever may see or operate the one may do so with the other.
 */
@EndpointWebExtension(endpoint = FdworkEndpoint.class)
public class FleetPageExtension extends FdworkEndpointWebExtension {

	private final FleetPage page = new FleetPage();

	private final BooleanSupplier writable;

	/**
	 * Create the extension.
	 * @param endpoint what it extends
	 * @param writable whether the operations of the endpoint can be accessed
	 */
	public FleetPageExtension(FdworkEndpoint endpoint, BooleanSupplier writable) {
		super(endpoint);
		this.writable = writable;
	}

	/**
	 * Return a file of the page.
	 * @param file {@code page}, or what that refers to
	 * @return the file, or status 404
	 */
	@ReadOperation(produces = { "text/html", "text/css", "text/javascript" })
	public WebEndpointResponse<String> read(@Selector String file) {
		FleetPage.File found = this.page.file(file, this.writable.getAsBoolean());
		return (found != null) ? new WebEndpointResponse<>(found.text(), found.type())
				: new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
	}

}
