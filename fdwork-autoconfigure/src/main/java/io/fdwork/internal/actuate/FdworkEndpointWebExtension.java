package io.fdwork.internal.actuate;

import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * The operations of the {@link FdworkEndpoint} over HTTP: with or without a body, and
 * with an answer that says what is wrong with an argument.
 */
@EndpointWebExtension(endpoint = FdworkEndpoint.class)
public class FdworkEndpointWebExtension {

	private final FdworkEndpoint endpoint;

	/**
	 * Create the extension.
	 * @param endpoint what it extends
	 */
	public FdworkEndpointWebExtension(FdworkEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	/**
	 * Operate the daemon, without a body.
	 * @param operation what to do
	 * @return the description of the state afterwards, or status 400 and the error
	 */
	@WriteOperation
	public WebEndpointResponse<Object> operate(@Selector String operation) {
		return operateWith(operation, null, null, null, null, null, null, null, null, null);
	}

	/**
	 * Operate the daemon, with a body.
	 * @param operation what to do
	 * @param batch see {@link FdworkEndpoint#operate}
	 * @param drainTimeout see there
	 * @param jar see there
	 * @param bake see there
	 * @param canary see there
	 * @param worker see there
	 * @param min see there
	 * @param max see there
	 * @param concurrency see there
	 * @return the description of the state afterwards, or status 400 and the error
	 */
	@WriteOperation
	public WebEndpointResponse<Object> operateWith(@Selector String operation, @Nullable String batch,
			@Nullable String drainTimeout, @Nullable String jar, @Nullable String bake, @Nullable String canary,
			@Nullable String worker, @Nullable String min, @Nullable String max, @Nullable String concurrency) {
		try {
			return new WebEndpointResponse<>(this.endpoint.operate(operation, batch, drainTimeout, jar, bake, canary,
					worker, min, max, concurrency));
		}
		catch (InvalidEndpointRequestException ex) {
			return new WebEndpointResponse<>(Map.of("error", String.valueOf(ex.getMessage())),
					WebEndpointResponse.STATUS_BAD_REQUEST);
		}
	}

}
