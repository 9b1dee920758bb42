// The page lies one level below the API: this holds under any prefix and behind any proxy.
const url = new URL("../graphql", window.location.href).href;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url }),
    defaultQuery: "{\n  viewer {\n    __typename\n  }\n}\n",
    shouldPersistHeaders: false,
  }),
);
