-- Species that Three-North programmes plant most, so that a first file can name them. Further ones are added
-- through the API; what is changed there stays. Names: docs/reference/species.md gives the sources.
insert into forest.species (code, scientific_name, name_zh, name_en, growth_form) values
  ('haloxylon-ammodendron', 'Haloxylon ammodendron', '梭梭', 'saxaul', 'shrub'),
  ('salix-psammophila', 'Salix psammophila', '沙柳', 'sand willow', 'shrub'),
  ('corethrodendron-scoparium', 'Corethrodendron scoparium', '花棒', 'slender-branch sweetvetch', 'shrub'),
  ('caragana-korshinskii', 'Caragana korshinskii', '柠条', 'Korshinsk peashrub', 'shrub'),
  ('pinus-sylvestris-mongolica', 'Pinus sylvestris var. mongolica', '樟子松', 'Mongolian pine', 'tree'),
  ('populus-euphratica', 'Populus euphratica', '胡杨', 'Euphrates poplar', 'tree'),
  ('tamarix-ramosissima', 'Tamarix ramosissima', '红柳', 'tamarisk', 'shrub'),
  ('hippophae-rhamnoides', 'Hippophae rhamnoides', '沙棘', 'sea buckthorn', 'shrub'),
  ('prunus-sibirica', 'Prunus sibirica', '山杏', 'Siberian apricot', 'tree')
on conflict do nothing;

