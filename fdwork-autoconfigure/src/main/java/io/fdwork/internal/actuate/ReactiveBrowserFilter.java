package io.fdwork.internal.actuate;

import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

/**
 * The {@link BrowserRules} of a reactive management server.
 */
public final class ReactiveBrowserFilter implements WebFilter {

	private final BrowserRules rules;

	/**
	 * Create a filter.
	 * @param rules what it applies
	 */
	public ReactiveBrowserFilter(BrowserRules rules) {
		this.rules = rules;
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		ServerHttpRequest request = exchange.getRequest();
		if (this.rules.applyTo(request.getPath().pathWithinApplication())) {
			ServerHttpResponse response = exchange.getResponse();
			this.rules.headers(response.getHeaders()::set);
			HttpHeaders headers = request.getHeaders();
			byte[] refusal = this.rules.refusal(request.getMethod().name(), headers.getFirst(HttpHeaders.ORIGIN),
					headers.getFirst(HttpHeaders.CONTENT_TYPE), headers.getFirst(HttpHeaders.HOST));
			if (refusal != null) {
				response.setStatusCode(HttpStatus.FORBIDDEN);
				response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
				return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(refusal)));
			}
		}
		return chain.filter(exchange);
	}

}
