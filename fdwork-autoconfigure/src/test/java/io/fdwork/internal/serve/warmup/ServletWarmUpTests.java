package io.fdwork.internal.serve.warmup;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.fdwork.internal.worker.WarmUpKey;
import io.fdwork.internal.worker.WarmUpKeys;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ServletWarmUp}.
 */
class ServletWarmUpTests {

	private static final String NOTE = "{\"text\":\"a\",\"number\":1,\"notes\":[]}";

	private final WarmUpKey key = new WarmUpKey();

	private final MockFilterChain chain = new MockFilterChain();

	private final MockHttpServletResponse response = new MockHttpServletResponse();

	private List<HttpMessageConverter<?>> converters = new RequestMappingHandlerAdapter().getMessageConverters();

	@Test
	void shouldAnswerItselfWhenRequestHasKey() throws Exception {
		filter().doFilter(request("GET", WarmUpKeys.begin(this.key)), this.response, this.chain);
		assertThat(this.response.getContentAsString()).isEqualTo("warm");
		assertThat(this.chain.getRequest()).as("what comes to the application").isNull();
	}

	@Test
	void shouldReadAndWriteWhatIsPosted() throws Exception {
		MockHttpServletRequest request = request("POST", WarmUpKeys.begin(this.key));
		request.setContentType("application/json");
		request.addHeader("Accept", "application/json");
		request.setContent(NOTE.getBytes(StandardCharsets.UTF_8));
		this.converters = List.of(new org.springframework.http.converter.json.JacksonJsonHttpMessageConverter());
		filter().doFilter(request, this.response, this.chain);
		assertThat(this.response.getContentAsString()).isEqualTo(NOTE);
		assertThat(this.chain.getRequest()).isNull();
	}

	@Test
	void shouldAnswerWithoutConverter() throws Exception {
		this.converters = List.of();
		filter().doFilter(request("GET", WarmUpKeys.begin(this.key)), this.response, this.chain);
		assertThat(this.response.getStatus()).isEqualTo(200);
		assertThat(this.chain.getRequest()).isNull();
	}

	@Test
	void shouldLeaveAllOthersToTheApplication() throws Exception {
		String used = WarmUpKeys.begin(this.key);
		WarmUpKeys.end(this.key);
		for (String begun : new String[] { null, "other" }) {
			if (begun != null) {
				WarmUpKeys.begin(this.key);
			}
			for (String header : new String[] { null, "", used, "other" }) {
				MockFilterChain next = new MockFilterChain();
				filter().doFilter(request("GET", header), this.response, next);
				assertThat(next.getRequest()).as(header + " after " + begun).isNotNull();
			}
		}
	}

	private static MockHttpServletRequest request(String method, String key) {
		MockHttpServletRequest request = new MockHttpServletRequest(method, "/");
		if (key != null) {
			request.addHeader(WarmUpKey.HEADER, key);
		}
		return request;
	}

	private Filter filter() {
		ServletContext context = mock(ServletContext.class);
		given(context.addFilter(anyString(), any(Filter.class))).willReturn(mock(FilterRegistration.Dynamic.class));
		new ServletWarmUp(this.key, () -> this.converters).onStartup(context);
		ArgumentCaptor<Filter> filter = ArgumentCaptor.forClass(Filter.class);
		org.mockito.Mockito.verify(context).addFilter(anyString(), filter.capture());
		return filter.getValue();
	}

}
